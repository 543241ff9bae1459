import { collectMessages } from '../../messages'

export default collectMessages(import.meta.glob('./*.json', { eager: true, import: 'default' }))

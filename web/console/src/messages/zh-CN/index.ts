import { collectMessages } from '@galleria/shared'

export default collectMessages(import.meta.glob('./*.json', { eager: true, import: 'default' }))

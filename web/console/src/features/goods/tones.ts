import type { Schemas } from '@galleria/shared'
import type { Transfer } from '../../lib/types'
import type { Tone } from '../common/StateChip.vue'

export function toneOfProduct(state: Schemas['ProductState']): Tone {
  return state === 'published' ? 'good' : state === 'draft' ? 'warn' : 'calm'
}

export function toneOfTransfer(state: Transfer['state']): Tone {
  if (state === 'done') return 'good'
  if (state === 'failed') return 'bad'
  return state === 'running' ? 'info' : 'calm'
}

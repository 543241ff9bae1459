import type { Schema } from '../common/schema'
import type { Tone } from '../common/StateChip.vue'

export function toneOfProduct(state: Schema<'ProductState'>): Tone {
  return state === 'published' ? 'good' : state === 'draft' ? 'warn' : 'calm'
}

export function toneOfTransfer(state: Schema<'TransferState'>): Tone {
  if (state === 'done') return 'good'
  if (state === 'failed') return 'bad'
  return state === 'running' ? 'info' : 'calm'
}

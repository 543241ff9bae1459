import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/StateChip.vue'

export type CaseState = Schemas['CaseState']

export const STATES: readonly CaseState[] = [
  'requested',
  'countered',
  'approved',
  'returning',
  'dropped',
  'received',
  'repairing',
  'ready',
  'sent',
  'rejected',
  'escalated',
]

const TONES: Partial<Record<CaseState, Tone>> = {
  requested: 'warn',
  received: 'warn',
  escalated: 'bad',
  rejected: 'bad',
  approved: 'info',
  countered: 'info',
  returning: 'info',
  dropped: 'info',
  repairing: 'info',
  ready: 'info',
  sent: 'info',
  refunded: 'good',
  exchanged: 'good',
  repaired: 'good',
}

export function toneOf(state: CaseState): Tone {
  return TONES[state] ?? 'calm'
}

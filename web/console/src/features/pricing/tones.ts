import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/StateChip.vue'

export const toneOfRule: Record<Schemas['RuleState'], Tone> = {
  draft: 'calm',
  pending: 'warn',
  live: 'good',
  paused: 'warn',
  ended: 'calm',
}

export const toneOfVerdict: Record<Schemas['Verdict'], Tone> = {
  changes: 'good',
  same: 'calm',
  outranked: 'calm',
  second_person: 'warn',
  refused: 'bad',
}

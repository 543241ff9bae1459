import type { Tone } from '../common/StateChip.vue'
import type { Phase } from './couponForm'

export const toneOfPhase: Record<Phase, Tone> = {
  draft: 'warn',
  pending: 'info',
  soon: 'info',
  live: 'good',
  over: 'calm',
  paused: 'warn',
  ended: 'calm',
}

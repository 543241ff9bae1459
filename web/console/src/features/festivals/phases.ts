import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/StateChip.vue'

export const toneOfFestival: Record<Schemas['Phase'], Tone> = {
  draft: 'calm',
  scheduled: 'info',
  live: 'good',
  paused: 'bad',
  ended: 'calm',
}

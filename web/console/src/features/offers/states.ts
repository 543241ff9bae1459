import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/StateChip.vue'

export const toneOfPhase: Record<Schemas['OfferPhase'], Tone> = {
  draft: 'calm',
  pending: 'warn',
  scheduled: 'info',
  live: 'good',
  paused: 'warn',
  ended: 'calm',
}

/** What one tap can do to an offer where it stands. */
export function tapsOf(state: Schemas['OfferState']): ('paused' | 'live' | 'ended')[] {
  if (state === 'live') return ['paused', 'ended']
  if (state === 'paused') return ['live', 'ended']
  return []
}

/** What was launched is not what is written now: the newest version waits to be launched. */
export function hasUnlaunched(offer: Pick<Schemas['ManagedOffer'], 'version' | 'live_version'>) {
  return offer.live_version !== null && offer.live_version !== offer.version
}

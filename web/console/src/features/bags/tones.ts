import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/StateChip.vue'

export const BAG_TONES: Record<Schemas['BagState'], Tone> = {
  at_shop: 'warn',
  carried: 'info',
  shelved: 'good',
  collected: 'calm',
  returned: 'calm',
  lost: 'bad',
  destroyed: 'bad',
}

export const CLAIM_TONES: Record<Schemas['BagClaimState'], Tone> = {
  open: 'warn',
  approved: 'info',
  paid: 'good',
  rejected: 'calm',
  withdrawn: 'calm',
}

export const spaced = (label: string): string =>
  /^[0-9]{12}$/.test(label) ? (label.match(/.{4}/g)?.join(' ') ?? label) : label

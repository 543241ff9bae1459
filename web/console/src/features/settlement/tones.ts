import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/StateChip.vue'

export const STATEMENT_TONES: Record<Schemas['StatementState'], Tone> = {
  closed: 'warn',
  checked: 'info',
  approved: 'good',
}

export const PAYOUT_TONES: Record<Schemas['PayoutState'], Tone> = {
  due: 'warn',
  sent: 'info',
  paid: 'good',
  bounced: 'bad',
}

import type { Tone } from '../common/StateChip.vue'

const TONES: Record<string, Tone> = {
  pending_payment: 'warn',
  pending: 'warn',
  paid: 'info',
  preparing: 'info',
  ready: 'warn',
  fulfilled: 'good',
  succeeded: 'good',
  refunded: 'bad',
  failed: 'bad',
  requested: 'info',
  processing: 'info',
}

export function toneOf(state: string): Tone {
  return TONES[state] ?? 'calm'
}

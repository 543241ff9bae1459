import type { Tone } from '../common/StateChip.vue'

const TONES: Record<string, Tone> = {
  quoting: 'info',
  seeking: 'warn',
  waiting: 'warn',
  offered: 'warn',
  assigned: 'info',
  accepted: 'info',
  to_shop: 'info',
  picked: 'info',
  carrying: 'info',
  delivering: 'info',
  delivered: 'good',
  returning: 'warn',
  returned: 'bad',
  failed: 'bad',
}

export function toneOf(state: string): Tone {
  return TONES[state] ?? 'calm'
}

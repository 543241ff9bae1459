import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/ToneChip.vue'

export type CaseView = Schemas['CaseView']
export type CaseSummary = Schemas['CaseSummary']
export type CaseState = Schemas['CaseState']
export type CaseKind = Schemas['CaseKind']
export type AskableLine = Schemas['AskableLine']

const TONES: Partial<Record<CaseState, Tone>> = {
  requested: 'info',
  countered: 'accent',
  approved: 'accent',
  ready: 'accent',
  rejected: 'bad',
  escalated: 'warn',
  refunded: 'good',
  exchanged: 'good',
  repaired: 'good',
}

export function toneOf(state: CaseState): Tone {
  return TONES[state] ?? 'quiet'
}

/** Kinds that give money back, of which a part may be asked. */
export const MONEY: readonly CaseKind[] = ['refund_only', 'return_refund']

export const KINDS: readonly CaseKind[] = [
  'refund_only',
  'return_refund',
  'exchange',
  'repair',
  'warranty',
]

/** Units of a line that no case holds and for which something may be asked. */
export function freeUnits(line: AskableLine): AskableLine['units'] {
  return line.units.filter((unit) => unit.case_id === null && unit.kinds.length > 0)
}

/** How many units of each line are meant, by line id. */
export type Chosen = Readonly<Record<string, number>>

export interface Picked {
  line: AskableLine
  units: AskableLine['units']
}

/** The units meant: the first free ones of each line. */
export function pickedOf(lines: readonly AskableLine[], chosen: Chosen): Picked[] {
  return lines
    .map((line) => ({ line, units: freeUnits(line).slice(0, chosen[line.line_id] ?? 0) }))
    .filter((one) => one.units.length > 0)
}

/** What may be asked for all of the units meant. */
export function kindsOf(picked: readonly Picked[]): CaseKind[] {
  const units = picked.flatMap((one) => one.units)
  return units.length === 0
    ? []
    : KINDS.filter((kind) => units.every((unit) => unit.kinds.includes(kind)))
}

/** What is left of the price of the units meant. */
export function mostOf(picked: readonly Picked[]): number {
  return picked.flatMap((one) => one.units).reduce((sum, unit) => sum + unit.left_minor, 0)
}

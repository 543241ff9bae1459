import type { Schemas } from '@galleria/shared'

export type RefundedLine = Schemas['RefundedLine']
export type Wanted = Schemas['Wanted']

/** How many units of each line a person wants to give back, by line id. */
export type Selection = Readonly<Record<string, number>>

export const nothing: Selection = {}

/** Every unit that may still go back. */
export function everythingOf(refundable: readonly RefundedLine[]): Selection {
  return Object.fromEntries(refundable.map((line) => [line.line_id, line.units.length]))
}

/** Sets one line's count, kept within what may go back. */
export function withCount(
  selection: Selection,
  refundable: readonly RefundedLine[],
  lineId: string,
  count: number,
): Selection {
  const most = refundable.find((line) => line.line_id === lineId)?.units.length ?? 0
  return { ...selection, [lineId]: Math.max(0, Math.min(most, Math.trunc(count))) }
}

/** Chooses all units of one shop's part, or none of them when all were chosen. */
export function toggleShop(
  selection: Selection,
  refundable: readonly RefundedLine[],
  subOrderId: string,
): Selection {
  const lines = refundable.filter((line) => line.sub_order_id === subOrderId)
  const full = lines.every((line) => selection[line.line_id] === line.units.length)
  const counts = lines.map((line) => [line.line_id, full ? 0 : line.units.length] as const)
  return { ...selection, ...Object.fromEntries(counts) }
}

/** After the order changed under our hands: keeps the wish as far as it can still be met. */
export function fitted(selection: Selection, refundable: readonly RefundedLine[]): Selection {
  return Object.fromEntries(
    refundable.map((line) => [
      line.line_id,
      Math.min(selection[line.line_id] ?? 0, line.units.length),
    ]),
  )
}

export function countOf(selection: Selection): number {
  return Object.values(selection).reduce((sum, count) => sum + count, 0)
}

export function isEverything(selection: Selection, refundable: readonly RefundedLine[]): boolean {
  return (
    refundable.length > 0 &&
    refundable.every((line) => selection[line.line_id] === line.units.length)
  )
}

/** The request's body: "everything" stays everything even if a unit became refundable meanwhile. */
export function wantedOf(
  selection: Selection,
  refundable: readonly RefundedLine[],
  reason: string,
  restock = false,
): Wanted {
  const everything = isEverything(selection, refundable)
  const chosen = everything ? [] : refundable.filter((line) => (selection[line.line_id] ?? 0) > 0)
  return {
    everything,
    lines: chosen.map((line) => ({ line_id: line.line_id, count: selection[line.line_id] ?? 0 })),
    reason,
    restock,
    with_delivery: false,
  }
}

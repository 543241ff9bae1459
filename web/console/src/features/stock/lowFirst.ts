import type { Schemas } from '@galleria/shared'

type Row = Schemas['StockRow']

export const LOW = 10

export type Standing = 'out' | 'low' | 'fine'

export function standingOf(row: Pick<Row, 'available'>): Standing {
  if (row.available <= 0) return 'out'
  return row.available < LOW ? 'low' : 'fine'
}

/** What runs out first stands first; equal ones by SKU. */
export function lowFirst(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => a.available - b.available || a.sku.localeCompare(b.sku))
}

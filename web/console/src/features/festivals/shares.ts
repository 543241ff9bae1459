import type { Schemas } from '@galleria/shared'

export type ShareBy = 'hour' | 'district' | 'tier'

export interface ShareRow {
  key: string
  total: number
  claimed: number
}

/** The shares of all coupons summed by release, district or tier; those not divided by it are left out. */
export function sharesBy(shares: readonly Schemas['ShareFigure'][], by: ShareBy): ShareRow[] {
  const rows = new Map<string, ShareRow>()
  for (const share of shares) {
    const key = { hour: share.opens_at, district: share.district, tier: share.tier }[by]
    if (!key) continue
    const row = rows.get(key) ?? { key, total: 0, claimed: 0 }
    rows.set(key, {
      key,
      total: row.total + share.total,
      claimed: row.claimed + share.claimed,
    })
  }
  const found = [...rows.values()]
  return by === 'hour'
    ? found.sort((a, b) => a.key.localeCompare(b.key))
    : found.sort((a, b) => b.total - a.total)
}

import type { Schemas } from '@galleria/shared'

export interface FunderSides {
  funder: string
  funder_id: string | null
  name_zh: string | null
  name_en: string | null
  before: number
  after: number
}

/** Who bears what without and with the drafts; those who bear nothing on one side stand there with zero. */
export function fundersOf(result: Pick<Schemas['Simulation'], 'before' | 'after'>): FunderSides[] {
  const rows = new Map<string, FunderSides>()
  for (const side of ['before', 'after'] as const) {
    for (const { amount_minor, ...party } of result[side].funded) {
      const key = `${party.funder}:${party.funder_id}`
      const row = rows.get(key) ?? { ...party, before: 0, after: 0 }
      rows.set(key, { ...row, [side]: amount_minor })
    }
  }
  return [...rows.values()].sort((a, b) => b.after - a.after)
}

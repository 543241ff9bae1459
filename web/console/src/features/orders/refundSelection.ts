import type { Schemas } from '@galleria/shared'

type Preview = Pick<Schemas['RefundPreview'], 'refundable' | 'kept'>

/** A line of the order as the refund dialog offers it. */
export interface Choice {
  line_id: string
  name_zh: string
  name_en: string
  shop_zh: string
  shop_en: string
  /** Units that may go back, and the money of all of them. */
  most: number
  amount_minor: number
  /** Why other units of it may not, by code. */
  kept: { code: string; count: number }[]
}

export type Counts = Record<string, number>

export function choicesOf(preview: Preview, order: Schemas['OrderView']): Choice[] {
  const refundable = new Map(preview.refundable.map((line) => [line.line_id, line]))
  return order.sub_orders.flatMap((part) =>
    part.lines.map((line) => {
      const open = refundable.get(line.id)
      const codes = preview.kept.filter((unit) => unit.line_id === line.id).map((u) => u.code)
      const kept = [...new Set(codes)].map((code) => ({
        code,
        count: codes.filter((other) => other === code).length,
      }))
      return {
        line_id: line.id,
        name_zh: [line.name_zh, line.option_zh].filter(Boolean).join(' · '),
        name_en: [line.name_en, line.option_en].filter(Boolean).join(' · '),
        shop_zh: part.shop_zh,
        shop_en: part.shop_en,
        most: open?.units.length ?? 0,
        amount_minor: open?.amount_minor ?? 0,
        kept,
      }
    }),
  )
}

export function everything(choices: readonly Choice[]): Counts {
  return Object.fromEntries(choices.map(({ line_id, most }) => [line_id, most]))
}

export function nothing(choices: readonly Choice[]): Counts {
  return Object.fromEntries(choices.map(({ line_id }) => [line_id, 0]))
}

/** Counts kept within what may go back, as after a preview that found less. */
export function within(counts: Counts, choices: readonly Choice[]): Counts {
  return Object.fromEntries(
    choices.map(({ line_id, most }) => [
      line_id,
      Math.min(most, Math.max(0, Math.trunc(counts[line_id] ?? 0))),
    ]),
  )
}

export function linesOf(counts: Counts): Schemas['WantedLine'][] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([line_id, count]) => ({ line_id, count }))
}

/** What the mall and the shops each bear, summed over a refund's lines. */
export function sharesOf(lines: Schemas['RefundPreview']['lines']) {
  const mall = lines.reduce((sum, line) => sum + line.mall_funded_minor, 0)
  const shops = new Map<string, { shop_zh: string; shop_en: string; minor: number }>()
  for (const { shop_id, shop_zh, shop_en, amount_minor, mall_funded_minor } of lines) {
    const minor = (shops.get(shop_id)?.minor ?? 0) + amount_minor + mall_funded_minor
    shops.set(shop_id, { shop_zh, shop_en, minor })
  }
  return { mall, shops: [...shops.values()] }
}

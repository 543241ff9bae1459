import type { Schemas } from '@galleria/shared'

export interface PriceSeries {
  sku: string
  name_zh: string
  name_en: string
  points: [number, number][]
}

type Change = Pick<
  Schemas['PriceChange'],
  'sku' | 'option_zh' | 'option_en' | 'from_minor' | 'to_minor' | 'at'
>

/** A line of prices for each variant, oldest first, held until now. */
export function seriesOf(changes: readonly Change[], now: number): PriceSeries[] {
  const lines = new Map<string, PriceSeries>()
  for (const change of [...changes].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const at = Date.parse(change.at)
    const line = lines.get(change.sku) ?? {
      sku: change.sku,
      name_zh: change.option_zh,
      name_en: change.option_en,
      points: [[at - 1, change.from_minor]],
    }
    line.points.push([at, change.to_minor])
    lines.set(change.sku, line)
  }
  for (const line of lines.values()) {
    const last = line.points.at(-1)
    if (last) line.points.push([now, last[1]])
  }
  return [...lines.values()]
}

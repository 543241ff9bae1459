import { localised, type Schemas } from '@galleria/shared'

type Say = (key: string, named: Record<string, unknown>) => string

/** One line of a price's explanation in the reader's words. */
export function stepText(step: Schemas['Step'], t: Say, money: (minor: number) => string): string {
  const { params } = step
  const amount = (name: string) => money(Number(params[name] ?? 0))
  return t(`orders.step.${step.code}`, {
    ...params,
    title: localised(
      {
        title_zh: String(params.title_zh ?? ''),
        title_en: String(params.title_en ?? ''),
      },
      'title',
    ),
    threshold: amount('threshold_minor'),
    total: amount('minor'),
    missing: amount('missing_minor'),
    matching: amount('matching_minor'),
  })
}

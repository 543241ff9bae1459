import type { Problem } from '@galleria/shared'

/** What an `out_of_stock` refusal says of each variant: `variants[<id>]`, and how many are left in its message. */
export function shortOf(problem: Problem | null): Map<string, string> {
  if (problem?.code !== 'out_of_stock') return new Map()
  return new Map(
    problem.errors.flatMap(({ field, message }) => {
      const [, id] = /^variants\[(.+)\]$/.exec(field) ?? []
      return id ? [[id, message] as const] : []
    }),
  )
}

/** What became of a price: went up, went down. */
export function changeOf(problem: Problem | null): { before: number; now: number } | null {
  if (problem?.code !== 'total_changed') return null
  const { shown_total_minor: before, total_minor: now } = problem.params
  return { before: Number(before), now: Number(now) }
}

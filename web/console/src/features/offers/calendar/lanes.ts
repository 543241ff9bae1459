/** A bar on the calendar: from one moment to another, or without an end. */
export interface Span {
  id: string
  starts: number
  ends: number | null
}

export interface Placed<T extends Span> {
  item: T
  /** Share of the window before it, and its own share, 0 to 1. */
  left: number
  width: number
  row: number
  /** It begins before or ends after what is shown. */
  opensBefore: boolean
  endsAfter: boolean
}

export interface Lane<T extends Span> {
  key: string
  bars: Placed<T>[]
  rows: number
  /** How many hold at once at most: more than one is an overlap worth a look. */
  overlap: number
}

/** Lays the spans of a window in lanes; within a lane those that overlap lie under each other. */
export function lanesOf<T extends Span>(
  spans: readonly T[],
  window: { from: number; to: number },
  laneOf: (span: T) => string[],
): Lane<T>[] {
  const byLane = new Map<string, T[]>()
  for (const span of spans) {
    if (span.starts >= window.to || (span.ends ?? Infinity) <= window.from) continue
    for (const key of laneOf(span)) byLane.set(key, [...(byLane.get(key) ?? []), span])
  }
  return [...byLane.entries()].map(([key, items]) => laneFor(key, items, window))
}

function laneFor<T extends Span>(
  key: string,
  items: readonly T[],
  window: { from: number; to: number },
): Lane<T> {
  const length = window.to - window.from
  const rowEnds: number[] = []
  const bars = [...items]
    .sort((a, b) => a.starts - b.starts || (b.ends ?? Infinity) - (a.ends ?? Infinity))
    .map((item): Placed<T> => {
      const ends = item.ends ?? Infinity
      const free = rowEnds.findIndex((end) => end <= item.starts)
      const row = free === -1 ? rowEnds.length : free
      rowEnds[row] = ends
      const from = Math.max(item.starts, window.from)
      const to = Math.min(ends, window.to)
      return {
        item,
        left: (from - window.from) / length,
        width: (to - from) / length,
        row,
        opensBefore: item.starts < window.from,
        endsAfter: ends > window.to,
      }
    })
  return { key, bars, rows: rowEnds.length, overlap: overlapOf(items) }
}

/** How many spans hold at once, at the busiest moment. */
export function overlapOf(spans: readonly Span[]): number {
  const edges = spans.flatMap(({ starts, ends }): [number, number][] => [
    [starts, 1],
    [ends ?? Infinity, -1],
  ])
  edges.sort(([a, up], [b, down]) => a - b || up - down)
  let now = 0
  let most = 0
  for (const [, change] of edges) {
    now += change
    most = Math.max(most, now)
  }
  return most
}

const DAY_MS = 86_400_000

/** The days of a week from Monday, or of a month, as `2026-11-22`. */
export function daysOf(day: string, look: 'week' | 'month'): string[] {
  const at = new Date(`${day}T00:00:00Z`)
  const iso = (date: Date) => date.toISOString().slice(0, 10)
  if (look === 'week') {
    const monday = at.getTime() - ((at.getUTCDay() + 6) % 7) * DAY_MS
    return Array.from({ length: 7 }, (_, index) => iso(new Date(monday + index * DAY_MS)))
  }
  const [year = 0, month = 1] = day.split('-').map(Number)
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return Array.from({ length: count }, (_, index) =>
    iso(new Date(Date.UTC(year, month - 1, index + 1))),
  )
}

/** The same day so many weeks or months later. */
export function moved(day: string, look: 'week' | 'month', by: number): string {
  const at = new Date(`${day}T00:00:00Z`)
  if (look === 'week') return new Date(at.getTime() + by * 7 * DAY_MS).toISOString().slice(0, 10)
  const next = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + by, 1))
  return next.toISOString().slice(0, 10)
}

export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10)
}

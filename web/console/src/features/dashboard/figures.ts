import type { DayFigures, FigureName, FigureToday } from '../../lib/types'

/** In the order the day is told: money first, then what brought it, then what it cost. */
export const FIGURES: FigureName[] = [
  'sales',
  'orders',
  'refunds',
  'claims',
  'redemptions',
  'points_issued',
  'points_used',
]

export const MONEY: ReadonlySet<FigureName> = new Set<FigureName>(['sales', 'refunds'])

export type Against = 'yesterday' | 'last_week'

export function isFigure(value: unknown): value is FigureName {
  return FIGURES.includes(value as FigureName)
}

/** Change in basis points; none where there was nothing to compare with. */
export function change(now: number, before: number): number | undefined {
  return before === 0 ? undefined : Math.round(((now - before) * 10_000) / before)
}

export function before(figure: FigureToday, against: Against): number {
  return against === 'yesterday' ? figure.yesterday : figure.last_week
}

export function curveBefore(figure: FigureToday, against: Against): number[] {
  return against === 'yesterday' ? figure.hourly_yesterday : figure.hourly_last_week
}

/** Sums so far: a day's race is read by who is ahead, not by single hours. */
export function running(values: readonly number[]): number[] {
  let sum = 0
  return values.map((value) => (sum += value))
}

/** An SVG path through values over a fixed number of steps, the tallest value at the top. */
export function linePath(
  values: readonly number[],
  box: { width: number; height: number; steps: number; top: number },
): string {
  return values
    .map((value, index) => {
      const x = (index / Math.max(1, box.steps - 1)) * box.width
      const y = box.height - (box.top > 0 ? value / box.top : 0) * box.height
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`
    })
    .join('')
}

export interface DaySpan {
  from: string
  to: string
}

/** The last `days` business days up to a day, both included, as calendar dates. */
export function lastDays(today: string, days: number): DaySpan {
  const first = new Date(`${today}T00:00:00Z`)
  first.setUTCDate(first.getUTCDate() - days + 1)
  return { from: first.toISOString().slice(0, 10), to: today }
}

/** The calendar date in a time zone, as `2026-11-21`. */
export function dayIn(timeZone: string, at: Date = new Date()): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(at)
}

export function totals(days: readonly DayFigures[]): { sales: number; orders: number } {
  return {
    sales: days.reduce((sum, day) => sum + day.sales_minor, 0),
    orders: days.reduce((sum, day) => sum + day.orders, 0),
  }
}

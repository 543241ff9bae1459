import type { MallEvent } from '../../lib/types'
import { dayIn } from '../dashboard/figures'

const DAY_MS = 86_400_000
const WEEKS = 6

/** `2026-11` moved by some months. */
export function monthPlus(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7)
}

/** The days a month's sheet shows, Mondays first, as calendar dates; weeks that hold none of it are left out. */
export function sheetOf(month: string): string[][] {
  const first = new Date(`${month}-01T00:00:00Z`)
  const monday = first.getTime() - ((first.getUTCDay() + 6) % 7) * DAY_MS
  return Array.from({ length: WEEKS }, (_, week) =>
    Array.from({ length: 7 }, (_, day) =>
      new Date(monday + (week * 7 + day) * DAY_MS).toISOString().slice(0, 10),
    ),
  ).filter((week) => week.some((day) => day.startsWith(month)))
}

/** Which events touch a day of the mall. An event that ends at midnight does not touch the day after. */
export function eventsOn(day: string, events: readonly MallEvent[], timeZone: string): MallEvent[] {
  return events.filter((event) => {
    const last = new Date(new Date(event.ends_at).getTime() - 1)
    return dayIn(timeZone, new Date(event.starts_at)) <= day && dayIn(timeZone, last) >= day
  })
}

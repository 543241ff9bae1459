export interface OpenState {
  open: boolean
  /** When it closes today, or opens next; `HH:MM` in the mall's own time. */
  at: string
}

const HOURS = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/

/** What `10:00-22:00` means at an instant in a time zone; null for hours written otherwise. */
export function openState(hours: string, timeZone: string, now: number): OpenState | null {
  const [, ...parts] = HOURS.exec(hours.trim()) ?? []
  if (parts.length !== 4) return null
  const [fromHour, fromMinute, toHour, toMinute] = parts.map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const from = fromHour * 60 + fromMinute
  const to = toHour * 60 + toMinute
  const minute = minuteOfDay(timeZone, now)
  // Until 02:00 is until the small hours of the next day.
  const open = from < to ? minute >= from && minute < to : minute >= from || minute < to
  return { open, at: open ? hours.slice(-5) : hours.slice(0, 5) }
}

export function hourOf(timeZone: string, now: number): number {
  return Math.floor(minuteOfDay(timeZone, now) / 60)
}

function minuteOfDay(timeZone: string, now: number): number {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(now)
  const [hour, minute] = clock.split(':').map(Number)
  return (hour ?? 0) * 60 + (minute ?? 0)
}

/** "morning" and so on, for a greeting. */
export function partOfDay(hour: number): 'morning' | 'noon' | 'afternoon' | 'evening' | 'night' {
  if (hour < 5) return 'night'
  if (hour < 11) return 'morning'
  if (hour < 14) return 'noon'
  if (hour < 18) return 'afternoon'
  return hour < 23 ? 'evening' : 'night'
}

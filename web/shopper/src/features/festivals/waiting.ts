/** A stretch of time as somebody would say it: "40–90 seconds", "3–5 minutes". */
export interface Wait {
  unit: 'seconds' | 'minutes'
  from: number
  to: number
}

const MINUTE_S = 60
const LONG_S = 10 * MINUTE_S

/**
 * How long it may take until a turn. A door never opens faster than planned, but it may be held: the plan is the
 * shortest wait, and half as long again the longest that is promised.
 */
export function waitOf(leftMs: number): Wait {
  const shortest = Math.max(0, leftMs / 1_000)
  const longest = shortest * 1.5 + 10
  if (longest <= 1.5 * MINUTE_S) {
    return { unit: 'seconds', from: roundedDown(shortest, 10), to: roundedUp(longest, 10) }
  }
  const step = shortest < LONG_S ? MINUTE_S : 5 * MINUTE_S
  return {
    unit: 'minutes',
    from: roundedDown(shortest, step) / MINUTE_S,
    to: roundedUp(longest, step) / MINUTE_S,
  }
}

const roundedDown = (value: number, step: number): number => Math.floor(value / step) * step
const roundedUp = (value: number, step: number): number => Math.ceil(value / step) * step

/** How far along, from 0 to 1, someone is who joined behind so many and has so many before them now. */
export function progressOf(aheadAtFirst: number, ahead: number): number {
  if (ahead <= 0) return 1
  if (aheadAtFirst <= 0) return 0
  return Math.min(1, Math.max(0, 1 - ahead / aheadAtFirst))
}

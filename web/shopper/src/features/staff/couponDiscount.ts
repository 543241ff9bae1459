import type { Schemas } from '@galleria/shared'

type CouponTerms = Schemas['CouponTerms']

const WHOLE = 10_000

/** What a coupon takes off a bill, to show while it is typed; the server's answer is what counts. */
export function discountOn(terms: CouponTerms, billMinor: number): number {
  if (billMinor < terms.threshold_minor) return 0
  const off =
    terms.kind === 'percent'
      ? Math.floor((billMinor * (terms.percent_bp ?? 0) + WHOLE / 2) / WHOLE)
      : (terms.amount_minor ?? 0)
  return Math.min(off, terms.cap_minor ?? off, billMinor)
}

/** How much more the bill needs before the coupon holds. */
export function missingFor(terms: CouponTerms, billMinor: number): number {
  return Math.max(0, terms.threshold_minor - billMinor)
}

const MOST_DIGITS = 9

/** A key of the till's pad on an amount in minor units, typed like a calculator: 1 2 5 0 0 is 125.00. */
export function typed(billMinor: number, key: string): number {
  if (key === 'back') return Math.trunc(billMinor / 10)
  const next = Number(`${billMinor}${key}`)
  return String(next).length > MOST_DIGITS ? billMinor : next
}

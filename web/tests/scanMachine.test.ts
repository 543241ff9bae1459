import { expect, it } from 'vitest'
import { discountOn, missingFor, typed } from '../shopper/src/features/staff/couponDiscount'
import {
  digitsOf,
  next,
  ready,
  type Lookup,
  type Redeemed,
  type ScanEvent,
  type ScanState,
} from '../shopper/src/features/staff/scanMachine'

const found = { usable: true, refusal: null } as unknown as Lookup
const result = { id: 'r' } as unknown as Redeemed
const refused = { code: 'coupon_below_threshold', message: 'too small', params: {} }

function walk(events: ScanEvent[], from: ScanState = ready): ScanState {
  return events.reduce(next, from)
}

const scanned: ScanEvent = { type: 'scanned', code: '123456789012', key: 'k1' }
const confirm = (billMinor: number | null, freshKey = 'k2'): ScanEvent => ({
  type: 'confirm',
  billMinor,
  freshKey,
})

it('goes from a code to done', () => {
  const end = walk([scanned, { type: 'found', found }, confirm(null), { type: 'redeemed', result }])
  expect(end).toEqual({ at: 'done', result })
})

it('refuses at once what the lookup knows cannot be used', () => {
  const refusal = { code: 'ticket_refunded', message: 'refunded' }
  const end = walk([
    scanned,
    { type: 'found', found: { ...found, usable: false, refusal } as Lookup },
  ])
  expect(end).toMatchObject({ at: 'refused', refused: { code: 'ticket_refunded' } })
})

it('keeps the key of a scan over a lost network', () => {
  const lost = walk([scanned, { type: 'found', found }, confirm(5000), { type: 'unreachable' }])
  expect(lost).toMatchObject({ at: 'offline', scan: { key: 'k1', billMinor: 5000 } })
  expect(next(lost, { type: 'retry' })).toMatchObject({
    at: 'redeeming',
    scan: { key: 'k1', billMinor: 5000 },
  })
})

it('looks again when not even the lookup got through', () => {
  const lost = walk([scanned, { type: 'unreachable' }])
  expect(next(lost, { type: 'retry' })).toMatchObject({ at: 'looking', scan: { key: 'k1' } })
})

it('takes a fresh key for another bill, and only then', () => {
  const again = walk([
    scanned,
    { type: 'found', found },
    confirm(5000),
    { type: 'refused', refused },
    { type: 'again' },
  ])
  expect(next(again, confirm(5000))).toMatchObject({ scan: { key: 'k1' } })
  expect(next(again, confirm(9000))).toMatchObject({ scan: { key: 'k2', billMinor: 9000 } })
})

it('does not let go of a redemption under way', () => {
  const busy = walk([scanned, { type: 'found', found }, confirm(null)])
  expect(next(busy, { type: 'dismiss' })).toBe(busy)
  expect(next(busy, scanned)).toBe(busy)
})

it('reads the digits however they come', () => {
  expect(digitsOf('GAL:123456789012')).toBe('123456789012')
  expect(digitsOf(' 1234 5678-9012 ')).toBe('123456789012')
  expect(digitsOf('https://example.com')).toBeNull()
})

it('shows the discount the server will give', () => {
  const percent = {
    kind: 'percent',
    amount_minor: null,
    percent_bp: 1500,
    cap_minor: 2000,
    threshold_minor: 5000,
    bill_required: true,
  }
  expect(discountOn(percent, 4999)).toBe(0)
  expect(missingFor(percent, 4999)).toBe(1)
  expect(discountOn(percent, 10_003)).toBe(1500)
  expect(discountOn(percent, 99_900)).toBe(2000)
  const amount = { ...percent, kind: 'amount', amount_minor: 6000, cap_minor: null }
  expect(discountOn(amount, 5500)).toBe(5500)
})

it('types amounts like a till', () => {
  expect(['1', '2', '00', 'back'].reduce(typed, 0)).toBe(120)
  expect(typed(123_456_789, '1')).toBe(123_456_789)
})

import { expect, it } from 'vitest'
import {
  countOf,
  everythingOf,
  fitted,
  isEverything,
  nothing,
  toggleShop,
  wantedOf,
  withCount,
  type RefundedLine,
} from '../shopper/src/features/refund/refundSelection'

const line = (line_id: string, sub_order_id: string, units: number[]) =>
  ({ line_id, sub_order_id, units }) as unknown as RefundedLine
const refundable = [line('a', 's1', [0, 1, 2]), line('b', 's1', [0]), line('c', 's2', [1, 4])]

it('asks for everything as everything', () => {
  const all = everythingOf(refundable)
  expect(isEverything(all, refundable)).toBe(true)
  expect(wantedOf(all, refundable, 'late')).toEqual({
    everything: true,
    lines: [],
    reason: 'late',
    restock: false,
    with_delivery: false,
  })
})

it('asks for some units by count', () => {
  const some = withCount(nothing, refundable, 'a', 2)
  expect(wantedOf(some, refundable, '').lines).toEqual([{ line_id: 'a', count: 2 }])
})

it('never asks for more than may go back', () => {
  expect(withCount(nothing, refundable, 'c', 9)).toEqual({ c: 2 })
  expect(withCount(nothing, refundable, 'c', -1)).toEqual({ c: 0 })
  expect(withCount(nothing, refundable, 'unknown', 1)).toEqual({ unknown: 0 })
})

it('chooses and leaves a whole shop', () => {
  const chosen = toggleShop(nothing, refundable, 's1')
  expect(chosen).toEqual({ a: 3, b: 1 })
  expect(countOf(toggleShop(chosen, refundable, 's1'))).toBe(0)
})

it('keeps the wish as far as a changed order allows', () => {
  expect(fitted({ a: 3, c: 2 }, [line('a', 's1', [2])])).toEqual({ a: 1 })
})

it('is not everything when nothing may go back', () => {
  expect(isEverything(nothing, [])).toBe(false)
})

import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem, type Schemas } from '../shared/src'
import { selectedIds, ticked, toggled, toggledLine } from '../shopper/src/features/cart/selection'
import { tell } from '../shopper/src/features/price/explanation'
import { changeOf, shortOf } from '../shopper/src/features/checkout/refusals'
import { leftPercent, offNumber } from '../shopper/src/features/coupons/offer'
import { openState, partOfDay } from '../shopper/src/features/mall/hours'
import { safeNext } from '../shopper/src/features/signin/next'
import { finishPending, keepPending, pending } from '../shopper/src/features/signin/pending'

function line(variant_id: string, problem: Schemas['CartLine']['problem'] = null) {
  return { variant_id, problem, quantity: 1 } as Schemas['CartLine']
}
function shop(shop_id: string, lines: Schemas['CartLine'][]) {
  return { shop_id, lines } as Schemas['CartShop']
}

describe('what is selected in the cart', () => {
  const coffee = shop('coffee', [line('beans'), line('cup', 'sold_out')])
  const books = shop('books', [line('novel')])
  const cart = { shops: [coffee, books] }

  it('is everything that can be bought, unless unticked', () => {
    expect(selectedIds(cart, new Set())).toEqual(['beans', 'novel'])
    expect(selectedIds(cart, new Set(['novel']))).toEqual(['beans'])
  })

  it('calls a shop whole although a line of it is sold out', () => {
    expect(ticked([coffee], new Set())).toBe('all')
    expect(ticked(cart.shops, new Set(['novel']))).toBe('some')
    expect(ticked([books], new Set(['novel']))).toBe('none')
    expect(ticked([shop('gone', [line('cup', 'sold_out')])], new Set())).toBe('none')
  })

  it('ticks the rest first, then lets all go', () => {
    const rest = toggled(cart.shops, new Set(['novel']))
    expect([...rest]).toEqual([])
    expect([...toggled(cart.shops, rest)].sort()).toEqual(['beans', 'novel'])
    expect([...toggledLine('beans', toggledLine('beans', new Set()))]).toEqual([])
  })
})

describe('the explanation of a price', () => {
  const writing = {
    english: true,
    money: (minor: number) => `¥${minor / 100}`,
    known: (key: string) => key === 'price.step.goods',
  }

  it('fills a sentence with titles, amounts and percents', () => {
    const params = { title_zh: '九折', title_en: 'Ten off', percent_bp: 1000, cap_minor: 6000 }
    const told = tell({ code: 'applied_percent_capped', params, amount_minor: -6000 }, writing)
    expect(told).toMatchObject({ key: 'price.titled', kind: 'applied' })
    expect(told.named).toMatchObject({ title: 'Ten off', off: 10, cap: '¥60' })
    expect(told.amountMinor).toBe(-6000)
  })

  it('tells what is missing of a threshold', () => {
    const params = { title_zh: '满减', title_en: 'Off', missing_minor: 500, threshold_minor: 20000 }
    const told = tell({ code: 'skipped_threshold', params, amount_minor: 0 }, writing)
    expect(told.kind).toBe('skipped')
    expect(told.named).toMatchObject({ missing: '¥5', threshold: '¥200' })
  })

  it('still counts a step it does not know', () => {
    const told = tell({ code: 'tier_gift', params: {}, amount_minor: -100 }, writing)
    expect(told).toMatchObject({ key: 'price.other', kind: 'other', amountMinor: -100 })
  })
})

describe('a refused order', () => {
  it('says which lines are short', () => {
    const errors = [{ field: 'variants[beans]', message: 'only 2 left', code: 'stock_left' }]
    const problem = new Problem({ code: 'out_of_stock', status: 409, errors })
    expect([...shortOf(problem)]).toEqual([['beans', 'only 2 left']])
    expect(shortOf(new Problem({ code: 'cart_empty', errors })).size).toBe(0)
  })

  it('says what the price was and is', () => {
    const params = { shown_total_minor: 100, total_minor: 120 }
    expect(changeOf(new Problem({ code: 'total_changed', params }))).toEqual({
      before: 100,
      now: 120,
    })
    expect(changeOf(null)).toBeNull()
  })
})

describe('what was wanted before signing in', () => {
  const doing = { add: vi.fn(), set: vi.fn(), claim: vi.fn() }
  const action = { kind: 'add', mallId: 'm', variantId: 'beans', quantity: 2 } as const

  beforeEach(() => {
    sessionStorage.clear()
    vi.resetAllMocks()
  })

  it('is done once, with the key it was kept with', async () => {
    keepPending(action, 'key-1')
    expect(await finishPending('m', doing)).toEqual(action)
    expect(await finishPending('m', doing)).toBeNull()
    expect(doing.add).toHaveBeenCalledExactlyOnceWith('key-1', 'beans', 2)
  })

  it('is not done in another mall, nor long after', async () => {
    keepPending(action, 'key-1')
    expect(await finishPending('other', doing)).toBeNull()
    keepPending(action, 'key-1', Date.now() - 16 * 60_000)
    expect(pending()).toBeNull()
    expect(doing.add).not.toHaveBeenCalled()
  })

  it('is given up when refused, and the refusal told', async () => {
    doing.claim.mockRejectedValue(new Problem({ code: 'coupon_sold_out', status: 409 }))
    keepPending({ kind: 'claim', mallId: 'm', couponId: 'c' }, 'key-2')
    await expect(finishPending('m', doing)).rejects.toBeInstanceOf(Problem)
    expect(pending()).toBeNull()
  })

  it('never leads to another site', () => {
    expect(safeNext('/products/1?x=2')).toBe('/products/1?x=2')
    for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', undefined]) {
      expect(safeNext(bad)).toBe('/')
    }
  })
})

describe('words of offers and hours', () => {
  it('says a discount as both languages do', () => {
    expect([offNumber(1500, false), offNumber(1500, true)]).toEqual([8.5, 15])
    expect([leftPercent(0, 100), leftPercent(1, 10_000), leftPercent(50, 100)]).toEqual([0, 1, 50])
  })

  it('knows when a shop is open in its own time, past midnight too', () => {
    const noon = Date.parse('2026-11-21T04:00:00Z')
    const late = Date.parse('2026-11-21T17:30:00Z')
    expect(openState('10:00-22:00', 'Asia/Shanghai', noon)).toEqual({ open: true, at: '22:00' })
    expect(openState('10:00-22:00', 'Asia/Shanghai', late)).toEqual({ open: false, at: '10:00' })
    expect(openState('18:00-02:00', 'Asia/Shanghai', late)).toEqual({ open: true, at: '02:00' })
    expect(openState('all day', 'Asia/Shanghai', noon)).toBeNull()
    expect([partOfDay(3), partOfDay(8), partOfDay(12), partOfDay(20)]).toEqual([
      'night',
      'morning',
      'noon',
      'evening',
    ])
  })
})

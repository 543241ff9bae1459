import { describe, expect, it } from 'vitest'
import { partsOf, skewOf, type Schemas } from '../shared/src'
import { nextWith, roundsOf, roundToShow, savingOf } from '../shopper/src/features/flash/rounds'
import { byCloseness } from '../shopper/src/features/price/closeness'
import { toggledCoupon } from '../shopper/src/features/price/coupons'
import { sortOffers, whyNot, type OfferChoice } from '../shopper/src/features/price/decisions'
import { fixOf } from '../shopper/src/features/price/limits'
import { pickedOf, withPick } from '../shopper/src/features/price/picks'
import { chained, standingOf } from '../shopper/src/features/wallet/state'

function offer(id: string, rest: Partial<OfferChoice> = {}): OfferChoice {
  return {
    id,
    applied: false,
    reason: null,
    missing_minor: 0,
    missing_pieces: 0,
    discount_minor: 0,
    choices: [],
    beside: null,
    title_zh: id,
    title_en: id,
    ...rest,
  } as OfferChoice
}

describe('what became of the offers', () => {
  const card = { variant_id: 'v' } as Schemas['ChoiceCard']

  it('is sorted into applied, within reach, to choose, and left out', () => {
    const sorted = sortOffers([
      offer('on', { applied: true }),
      offer('far', { reason: 'threshold', missing_minor: 9_000 }),
      offer('near', { reason: 'threshold', missing_minor: 1_200 }),
      offer('gift', { reason: 'choose', choices: [card] }),
      offer('chosen', { applied: true, choices: [card] }),
      offer('other', { reason: 'excluded', beside: 'on' }),
      offer('nothing', { reason: 'no_matching_goods' }),
    ])
    const ids = (list: OfferChoice[]) => list.map(({ id }) => id)
    expect(ids(sorted.applied)).toEqual(['on', 'chosen'])
    expect(ids(sorted.almost)).toEqual(['near', 'far'])
    expect(ids(sorted.choosing)).toEqual(['gift', 'chosen'])
    expect(ids(sorted.rest)).toEqual(['other'])
  })

  it('names what an offer does not combine with, when it is there to be named', () => {
    const out = offer('other', { reason: 'excluded', beside: 'on' })
    expect(whyNot(out, [offer('on')])).toMatchObject({
      key: 'price.reason.excluded',
      beside: { id: 'on' },
    })
    expect(whyNot(out, [])?.key).toBe('price.reason.excluded_plain')
    expect(whyNot(offer('on'), [])).toBeNull()
  })
})

describe('coupons chosen by hand', () => {
  const coupon = (claim_id: string, applied: boolean, beside: string | null = null) =>
    ({ claim_id, applied, beside }) as Schemas['CouponChoice']

  it('go in and out beside the others', () => {
    const coupons = [coupon('a', true), coupon('b', false), coupon('c', false, 'a')]
    expect(toggledCoupon(coupons, 'b')).toEqual({ best: false, claimIds: ['a', 'b'] })
    expect(toggledCoupon(coupons, 'a')).toEqual({ best: false, claimIds: [] })
  })

  it('take the place of the one that keeps them out', () => {
    const coupons = [coupon('a', true), coupon('b', true), coupon('c', false, 'a')]
    expect(toggledCoupon(coupons, 'c')).toEqual({ best: false, claimIds: ['b', 'c'] })
  })
})

describe('gifts and add-ons', () => {
  const two = { id: 'o', units: 2 }

  it('are as many as may be, the latest first', () => {
    let picks = withPick([], two, 'cup', 1)
    picks = withPick(picks, two, 'bag', 1)
    expect(pickedOf(picks, 'o')).toBe(2)
    picks = withPick(picks, two, 'pen', 1)
    expect(picks.map((pick) => pick.variant_id)).toEqual(['bag', 'pen'])
    expect(withPick(picks, two, 'pen', 9)).toEqual([
      { offer_id: 'o', variant_id: 'pen', quantity: 2 },
    ])
  })

  it('can be put back, and leave other offers’ alone', () => {
    const other = { offer_id: 'p', variant_id: 'cup', quantity: 1 }
    const picks = withPick([other], two, 'bag', 1)
    expect(withPick(picks, two, 'bag', 0)).toEqual([other])
  })
})

describe('a purchase limit', () => {
  it('is kept by the least change, from the end of the basket', () => {
    const lines = [
      { variant_id: 'a', quantity: 2 },
      { variant_id: 'x', quantity: 5 },
      { variant_id: 'b', quantity: 3 },
    ]
    const violation = { variant_ids: ['a', 'b'], allowed: 3 } as Schemas['Violation']
    expect(fixOf(violation, lines)).toEqual([{ variant_id: 'b', quantity: 1 }])
    expect(fixOf({ ...violation, allowed: 0 }, lines)).toEqual([
      { variant_id: 'a', quantity: 0 },
      { variant_id: 'b', quantity: 0 },
    ])
  })
})

it('offers what completes a basket first', () => {
  const goods = [500, 3_000, 1_200, 1_100].map((price_min_minor) => ({ price_min_minor }))
  const prices = byCloseness(goods, 1_200).map((one) => one.price_min_minor)
  expect(prices).toEqual([1_200, 3_000, 1_100, 500])
})

describe('flash sales', () => {
  const session = (id: string, starts_at: string, phase: Schemas['FlashPhase'], variant = 'v') =>
    ({
      id,
      starts_at,
      ends_at: starts_at.replace(':00:00', ':59:00'),
      phase,
      goods: [{ variant_id: variant, sale_price_minor: 990 }],
    }) as unknown as Schemas['FlashSession']
  const rounds = roundsOf([
    session('late', '2026-11-21T08:00:00Z', 'upcoming'),
    session('now', '2026-11-21T04:00:00Z', 'sold_out'),
    session('now2', '2026-11-21T04:00:00Z', 'running', 'w'),
    session('past', '2026-11-21T01:00:00Z', 'over'),
  ])

  it('are told in rounds that start together', () => {
    expect(rounds.map((round) => [round.phase, round.sessions.length])).toEqual([
      ['over', 1],
      ['running', 2],
      ['upcoming', 1],
    ])
    expect(roundToShow(rounds)?.phase).toBe('running')
    expect(roundToShow([])).toBeUndefined()
  })

  it('lead on to the next round that has a good', () => {
    expect(nextWith(rounds, 'v', '2026-11-21T04:00:00Z')?.priceMinor).toBe(990)
    expect(nextWith(rounds, 'w', '2026-11-21T04:00:00Z')).toBeNull()
    expect(savingOf(2_000, 500)).toBe(7_500)
  })
})

describe('clocks', () => {
  it('follow the server’s', () => {
    expect(
      skewOf(
        '2026-11-21T00:00:10.000Z',
        Date.parse('2026-11-21T00:00:00Z'),
        Date.parse('2026-11-21T00:00:02Z'),
      ),
    ).toBe(9_000)
  })

  it('come apart into days and two digits each', () => {
    expect(partsOf(90_061)).toEqual({ days: 1, hours: '01', minutes: '01', seconds: '01' })
  })
})

describe('the wallet', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  const claim = (rest: object) =>
    standingOf(
      { state: 'issued', usable_now: true, locked_until: null, transfer_until: null, ...rest },
      now,
    )

  it('knows where a coupon stands, by the clock where it must', () => {
    expect(claim({})).toBe('usable')
    expect(claim({ state: 'returned' })).toBe('usable')
    expect(claim({ usable_now: false })).toBe('later')
    expect(claim({ transfer_until: '2026-11-21T13:00:00Z' })).toBe('offered')
    expect(claim({ state: 'locked', locked_until: '2026-11-21T12:01:00Z' })).toBe('locked')
    expect(claim({ state: 'locked', locked_until: '2026-11-21T11:59:00Z' })).toBe('usable')
    expect(claim({ state: 'transferred' })).toBe('transferred')
  })

  it('reads several states as one list', async () => {
    const pages: Record<string, { items: string[]; next_cursor: string | null }> = {
      issued: { items: ['i1'], next_cursor: 'more' },
      'issued more': { items: ['i2'], next_cursor: null },
      returned: { items: ['r1'], next_cursor: null },
    }
    const read = (cursor: string | null) =>
      chained(['issued', 'returned'], cursor, async (state, at) => {
        return pages[at ? `${state} ${at}` : state] ?? { items: [], next_cursor: null }
      })
    const first = await read(null)
    expect(first).toEqual({ items: ['i1'], next_cursor: '0:more' })
    expect(await read(first.next_cursor)).toEqual({ items: ['i2', 'r1'], next_cursor: null })
  })
})

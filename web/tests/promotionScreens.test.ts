import { describe, expect, it } from 'vitest'
import { withReading } from '../console/src/features/festivals/festivalForm'
import { sharesBy } from '../console/src/features/festivals/shares'
import { fundersOf } from '../console/src/features/insight/funders'
import { phonesIn } from '../console/src/features/coupons/issue/phones'
import { fieldOf } from '../console/src/features/launch/values'
import { seriesOf } from '../console/src/features/pricing/history'
import {
  changeOfRule,
  emptyRule,
  formOfRule,
  termsOfRule,
} from '../console/src/features/pricing/ruleForm'
import { csvOf } from '../console/src/lib/csv'

describe('the festival board', () => {
  it('reads the pace from two readings, and nothing from one', () => {
    expect(withReading([], null, { at: 0, claimed: 5 })).toEqual([])
    expect(withReading([], { at: 0, claimed: 5 }, { at: 2000, claimed: 25 })).toEqual([
      { at: 2000, perSecond: 10 },
    ])
    expect(withReading([], { at: 2000, claimed: 5 }, { at: 2000, claimed: 6 })).toEqual([])
  })

  it('sums shares of several coupons by district', () => {
    const share = (district: string | null, total: number, claimed: number) => ({
      coupon_id: 'c',
      opens_at: null,
      tier: null,
      district,
      total,
      claimed,
    })
    const shares = [share('a', 10, 1), share('b', 30, 2), share('a', 5, 5), share(null, 9, 9)]
    expect(sharesBy(shares, 'district')).toEqual([
      { key: 'b', total: 30, claimed: 2 },
      { key: 'a', total: 15, claimed: 6 },
    ])
    expect(sharesBy(shares, 'tier')).toEqual([])
  })
})

describe('a price rule', () => {
  it('leaves out what belongs to the other kind', () => {
    const form = { ...emptyRule(), kind: 'set_price' as const, price_minor: 990 }
    expect(termsOfRule(form, 'Asia/Shanghai')).toMatchObject({
      percent_bp: null,
      price_minor: 990,
      target_ids: [],
    })
  })

  it('comes back as it went in, and never changes its shop', () => {
    const terms = termsOfRule(
      { ...emptyRule(), shop_id: 's', starts_at: '2026-12-01 00:00:00' },
      'Asia/Shanghai',
    )
    expect(termsOfRule(formOfRule(terms, 'Asia/Shanghai'), 'Asia/Shanghai')).toEqual(terms)
    expect(changeOfRule(terms)).not.toHaveProperty('shop_id')
  })

  it('draws the history of each variant until now', () => {
    const change = (sku: string, from_minor: number, to_minor: number, at: string) => ({
      sku,
      option_zh: '',
      option_en: '',
      from_minor,
      to_minor,
      at,
    })
    const [line] = seriesOf(
      [change('a', 90, 80, '2026-01-02T00:00:00Z'), change('a', 100, 90, '2026-01-01T00:00:00Z')],
      Date.parse('2026-01-03T00:00:00Z'),
    )
    expect(line?.points.map(([, price]) => price)).toEqual([100, 90, 80, 80])
  })
})

describe('a simulation', () => {
  it('sets what everybody bears side by side', () => {
    const party = (funder: string, amount_minor: number) => ({
      funder,
      funder_id: null,
      name_zh: null,
      name_en: null,
      amount_minor,
    })
    const sides = {
      before: { funded: [party('mall', 5)] },
      after: { funded: [party('mall', 7), party('merchant', 9)] },
    }
    expect(
      fundersOf(sides as never).map(({ funder, before, after }) => [funder, before, after]),
    ).toEqual([
      ['merchant', 0, 9],
      ['mall', 5, 7],
    ])
  })
})

describe('small things', () => {
  it('finds phones in whatever was pasted, each once', () => {
    expect(phonesIn('13800000000， +86 13800000000;\n021-12345678 x')).toEqual(
      ['+8613800000000', '13800000000', '02112345678'].filter((one) => one !== '13800000000'),
    )
  })

  it('takes the last name of a path', () => {
    expect(fieldOf('benefit.tiers[1].amount_minor')).toBe('amount_minor')
    expect(fieldOf('shares.0')).toBe('shares')
  })

  it('quotes what a spreadsheet would take apart or run', () => {
    expect(csvOf([['a,b', '=1+1', -3, null]])).toBe('\uFEFF"a,b",\'=1+1,-3,\r\n')
  })
})

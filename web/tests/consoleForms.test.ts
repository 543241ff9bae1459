import { describe, expect, it } from 'vitest'
import type { components } from '../shared/src/api/schema'
import { parseMoney, plainMoney } from '../console/src/features/common/money'
import { instantOf, wallOf } from '../console/src/features/common/wallClock'
import {
  emptyCoupon,
  formOfCoupon,
  inputOf,
  phaseOf,
} from '../console/src/features/coupons/couponForm'
import { sentenceOf, type Wording } from '../console/src/features/coupons/sentence'
import { cell, problemsFile } from '../console/src/features/goods/problemsFile'
import { emptyForm, missingIn, moved, patchOf } from '../console/src/features/goods/productForm'
import {
  choicesOf,
  everything,
  linesOf,
  sharesOf,
  within,
} from '../console/src/features/orders/refundSelection'
import { basisOf, pointsFor } from '../console/src/features/points/earned'
import { lowFirst, standingOf } from '../console/src/features/stock/lowFirst'

type Schemas = components['schemas']

describe('money as people type it', () => {
  it.each([
    ['128', 12_800],
    ['1,280.5', 128_050],
    ['¥ 20.00', 2_000],
    ['１２．５０', 1_250],
    ['.99', 99],
    ['0.010', 1],
    ['0', 0],
  ])('reads %s', (typed, minor) => expect(parseMoney(typed)).toBe(minor))

  it.each(['', '.', '-5', '1.234', '12a', '1.2.3', '999999999999'])('refuses %s', (typed) =>
    expect(parseMoney(typed)).toBeNull(),
  )

  it('writes what it reads', () => {
    expect(plainMoney(12_805)).toBe('128.05')
    expect(plainMoney(null)).toBe('')
  })
})

describe('the mall’s clock', () => {
  it('goes there and back', () => {
    expect(instantOf('2026-05-01 10:00:00', 'Asia/Shanghai')).toBe('2026-05-01T02:00:00.000Z')
    expect(wallOf('2026-05-01T02:00:00Z', 'Asia/Shanghai')).toBe('2026-05-01 10:00:00')
  })

  it('survives daylight saving', () => {
    expect(instantOf('2026-07-01 12:00:00', 'Europe/Berlin')).toBe('2026-07-01T10:00:00.000Z')
    expect(instantOf('2026-12-01 12:00:00', 'Europe/Berlin')).toBe('2026-12-01T11:00:00.000Z')
    const skipped = instantOf('2026-03-29 02:30:00', 'Europe/Berlin')
    expect(wallOf(skipped, 'Europe/Berlin')).toBe('2026-03-29 03:30:00')
  })
})

const ZONE = 'Asia/Shanghai'
const NOW = Date.parse('2026-05-01T02:00:00Z')

const plain: Wording = {
  t: (key, named) => `${key.split('.').pop()}(${Object.values(named ?? {}).join('|')})`,
  money: (minor) => plainMoney(minor),
  number: String,
  ratio: (bp) => `${bp / 100}%`,
  at: (instant) => instant.slice(0, 10),
  shopName: (id) => `shop ${id}`,
  categoryName: (id) => `goods ${id}`,
  merchantName: (id) => `merchant ${id}`,
}

describe('a coupon', () => {
  const form = { ...emptyCoupon(NOW, ZONE, null), title_zh: '满减', title_en: 'Off' }

  it('says what it gives, where, how many, when and who pays', () => {
    const text = sentenceOf({ ...inputOf(form, ZONE), shop_ids: ['1', '2', '3', '4'] }, plain)
    for (const part of ['from(amount(20.00)|100.00)', 'more(shop 1comma()shop 2comma()shop 3|1)']) {
      expect(text).toContain(part)
    }
    expect(text).toContain('1000|1|2026-05-01')
    expect(text).toContain('byMall()')
  })

  it('caps a percentage and names the merchant who pays', () => {
    const input = inputOf(
      {
        ...form,
        kind: 'percent',
        percent: 12.5,
        cap_minor: 5000,
        funder: 'merchant',
        funder_merchant_id: 'm',
      },
      ZONE,
    )
    expect(input).toMatchObject({ percent_bp: 1250, amount_minor: null, cap_minor: 5000 })
    expect(sentenceOf(input, plain)).toContain('capped(percent(12.5%)|50.00)')
    expect(sentenceOf(input, plain)).toContain('byMerchant(merchant m)')
  })

  it('is the same after being opened and saved', () => {
    const input = inputOf(form, ZONE)
    const stored = { ...input, state: 'draft' } as unknown as Schemas['Coupon']
    expect(inputOf(formOfCoupon(stored, ZONE), ZONE)).toEqual(input)
  })

  it('knows its phase', () => {
    const { claim_from, claim_until } = inputOf(form, ZONE)
    const phase = (at: string, state: Schemas['CouponState'] = 'live') =>
      phaseOf({ state, claim_from, claim_until }, Date.parse(at))
    expect(phase('2026-05-01T02:00:00Z')).toBe('soon')
    expect(phase('2026-05-03T02:00:00Z')).toBe('live')
    expect(phase('2026-06-03T02:00:00Z')).toBe('over')
    expect(phase('2026-05-03T02:00:00Z', 'paused')).toBe('paused')
    const asked = (state: Schemas['CouponState']) =>
      phaseOf({ state, claim_from, claim_until }, 0, true)
    expect([asked('draft'), asked('ended')]).toEqual(['pending', 'ended'])
  })
})

describe('a product’s form', () => {
  it('names what is missing at its field', () => {
    expect(Object.keys(missingIn(emptyForm(null)))).toEqual([
      'shop_id',
      'code',
      'category_id',
      'name_zh',
      'name_en',
      'variants[0].sku',
      'variants[0].price_minor',
    ])
  })

  it('keeps a validity for vouchers only', () => {
    const form = { ...emptyForm('s'), valid_days: 30 }
    expect(patchOf(form).valid_days).toBeNull()
    expect(patchOf({ ...form, kind: 'voucher' }).valid_days).toBe(30)
  })

  it('moves a picture', () => expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']))
})

it('writes problems as a file no spreadsheet runs', () => {
  expect(cell('=1+1')).toBe("'=1+1")
  expect(cell('a,"b"')).toBe('"a,""b"""')
  const problem = { line: 3, field: 'price' } as Schemas['FileProblem']
  expect(problemsFile(['L', 'F', 'P'], [problem], () => 'x, y')).toBe(
    '\uFEFFL,F,P\r\n3,price,"x, y"\r\n',
  )
})

describe('a refund’s selection', () => {
  const line = (id: string) => ({ id, name_zh: id, name_en: id, option_zh: '', option_en: 'L' })
  const order = {
    sub_orders: [{ shop_zh: '店', shop_en: 'Shop', lines: [line('a'), line('b')] }],
  } as unknown as Schemas['OrderView']
  const refundable = [{ line_id: 'a', units: [0, 2], amount_minor: 500 }]
  const kept = [
    { line_id: 'a', unit: 1, code: 'unit_refunded' },
    { line_id: 'b', unit: 0, code: 'unit_redeemed' },
    { line_id: 'b', unit: 1, code: 'unit_redeemed' },
  ]
  const choices = choicesOf(
    { refundable, kept } as unknown as Pick<Schemas['RefundPreview'], 'refundable' | 'kept'>,
    order,
  )

  it('offers what may go back and says why the rest may not', () => {
    expect(choices.map(({ line_id, most }) => [line_id, most])).toEqual([
      ['a', 2],
      ['b', 0],
    ])
    expect(choices[1]?.kept).toEqual([{ code: 'unit_redeemed', count: 2 }])
    expect(choices[0]?.name_en).toBe('a · L')
  })

  it('asks for counts within reach only', () => {
    expect(linesOf(everything(choices))).toEqual([{ line_id: 'a', count: 2 }])
    expect(within({ a: 9, b: 3, gone: 1 }, choices)).toEqual({ a: 2, b: 0 })
    expect(within({ a: 1.7 }, choices)).toEqual({ a: 1, b: 0 })
  })

  it('splits the money between shops and mall', () => {
    const part = { shop_id: 's', shop_zh: '店', shop_en: 'Shop' }
    const lines = [
      { ...part, amount_minor: 800, mall_funded_minor: 200 },
      { ...part, amount_minor: 500, mall_funded_minor: 0 },
    ] as Schemas['RefundPreview']['lines']
    expect(sharesOf(lines)).toEqual({
      mall: 200,
      shops: [{ shop_zh: '店', shop_en: 'Shop', minor: 1500 }],
    })
  })
})

it('counts points as the ledger does', () => {
  expect(pointsFor(12_800, basisOf(1))).toBe(128)
  expect(pointsFor(12_899, basisOf(0.5))).toBe(64)
})

it('puts what runs out first', () => {
  const row = (sku: string, available: number) => ({ sku, available }) as Schemas['StockRow']
  const sorted = lowFirst([row('c', 50), row('b', 0), row('a', 9), row('d', 0)])
  expect(sorted.map(({ sku }) => sku)).toEqual(['b', 'd', 'a', 'c'])
  expect(sorted.map(standingOf)).toEqual(['out', 'out', 'low', 'fine'])
})

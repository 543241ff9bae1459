import type { Schemas } from '@galleria/shared'

type Terms = Pick<
  Schemas['CouponInput'],
  | 'kind'
  | 'amount_minor'
  | 'percent_bp'
  | 'cap_minor'
  | 'pay_minor'
  | 'units'
  | 'threshold_minor'
  | 'shop_ids'
  | 'category_ids'
  | 'funder'
  | 'funder_merchant_id'
  | 'points_price'
  | 'total'
  | 'per_member'
  | 'claim_from'
  | 'claim_until'
  | 'use_from'
  | 'use_until'
>

export interface Wording {
  t: (key: string, named?: Record<string, unknown>) => string
  money: (minor: number) => string
  number: (value: number) => string
  ratio: (basisPoints: number) => string
  at: (instant: string) => string
  shopName: (id: string) => string
  categoryName: (id: string) => string
  merchantName: (id: string | null) => string
}

const NAMED_MOST = 3

function listed(ids: readonly string[], nameOf: (id: string) => string, say: Wording): string {
  const names = ids.slice(0, NAMED_MOST).map(nameOf).filter(Boolean)
  const rest = ids.length - names.length
  const joined = names.join(say.t('coupons.say.comma'))
  if (names.length === 0) return say.t('coupons.say.count', { n: say.number(ids.length) })
  return rest > 0 ? say.t('coupons.say.more', { names: joined, n: say.number(rest) }) : joined
}

/** What it is worth, in a word or two. */
export function offOf(terms: Terms, say: Wording): string {
  switch (terms.kind) {
    case 'amount':
      return say.t('coupons.say.amount', { money: say.money(terms.amount_minor ?? 0) })
    case 'percent':
      return say.t('coupons.say.percent', { percent: say.ratio(terms.percent_bp ?? 0) })
    case 'exchange':
      return terms.pay_minor
        ? say.t('coupons.say.exchange', {
            n: say.number(terms.units ?? 1),
            money: say.money(terms.pay_minor),
          })
        : say.t('coupons.say.exchangeFree', { n: say.number(terms.units ?? 1) })
    default:
      return say.t('coupons.say.delivery')
  }
}

/** What comes off, and from when: "¥20.00 off orders from ¥100.00". */
export function giftOf(terms: Terms, say: Wording): string {
  const off = offOf(terms, say)
  const capped = terms.cap_minor
    ? say.t('coupons.say.capped', { off, money: say.money(terms.cap_minor) })
    : off
  return terms.threshold_minor
    ? say.t('coupons.say.from', { off: capped, money: say.money(terms.threshold_minor) })
    : say.t('coupons.say.any', { off: capped })
}

export function whereOf(terms: Terms, say: Wording): string {
  const shops = terms.shop_ids?.length
    ? say.t('coupons.say.shops', { shops: listed(terms.shop_ids, say.shopName, say) })
    : say.t('coupons.say.everywhere')
  return terms.category_ids?.length
    ? say.t('coupons.say.goods', {
        shops,
        goods: listed(terms.category_ids, say.categoryName, say),
      })
    : shops
}

/** The coupon as one would tell it to a colleague; said before publishing and read in the list. */
export function sentenceOf(terms: Terms, say: Wording): string {
  const payer =
    terms.funder === 'mall'
      ? say.t('coupons.say.byMall')
      : say.t('coupons.say.byMerchant', {
          name: say.merchantName(terms.funder_merchant_id ?? null),
        })
  const price = terms.points_price
    ? say.t('coupons.say.points', { n: say.number(terms.points_price) })
    : say.t('coupons.say.free')
  return say.t('coupons.say.sentence', {
    gift: giftOf(terms, say),
    where: whereOf(terms, say),
    total: say.number(terms.total),
    each: say.number(terms.per_member ?? 1),
    claimFrom: say.at(terms.claim_from),
    claimUntil: say.at(terms.claim_until),
    useFrom: say.at(terms.use_from),
    useUntil: say.at(terms.use_until),
    payer,
    price,
  })
}

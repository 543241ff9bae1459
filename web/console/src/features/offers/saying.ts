import type { OfferTerms, Scope } from './terms'

/** What a reading is spoken with, in one language. */
export interface Say {
  t: (key: string, named?: Record<string, unknown>) => string
  money: (minor: number) => string
  number: (value: number) => string
  /** What is still paid: 5000 basis points are "50%", and in Chinese "5 折". */
  pay: (basisPoints: number) => string
  /** What comes off: 2000 basis points are "20%". */
  ratio: (basisPoints: number) => string
  at: (instant: string) => string
  weekday: (iso: number) => string
  /** The name of a thing, empty while it is not known. */
  name: (kind: NamedKind, id: string) => string
}

export type NamedKind =
  'shop' | 'merchant' | 'category' | 'product' | 'variant' | 'sponsor' | 'coupon'

export const NAMED_MOST = 3

export function joined(words: readonly string[], say: Say): string {
  return words.filter(Boolean).join(say.t('offerSay.comma'))
}

/** "和風, Under the Eaves and 4 more"; a count while the names are still on their way. */
export function listed(ids: readonly string[], kind: NamedKind, say: Say): string {
  const names = ids
    .slice(0, NAMED_MOST)
    .map((id) => say.name(kind, id))
    .filter(Boolean)
  if (names.length === 0) return say.t(`offerSay.count.${kind}`, { n: say.number(ids.length) })
  const rest = ids.length - names.length
  const some = joined(names, say)
  return rest > 0 ? say.t('offerSay.more', { names: some, n: say.number(rest) }) : some
}

/** "tea and coffee in Hefeng Atelier": which goods are meant. */
export function goodsOf(scope: Scope | null, say: Say): string {
  if (!scope) return say.t('offerSay.goods.all')
  const things = scope.variant_ids.length
    ? listed(scope.variant_ids, 'variant', say)
    : scope.product_ids.length
      ? listed(scope.product_ids, 'product', say)
      : scope.category_ids.length
        ? listed(scope.category_ids, 'category', say)
        : ''
  const place = scope.shop_ids.length
    ? listed(scope.shop_ids, 'shop', say)
    : scope.merchant_ids.length
      ? listed(scope.merchant_ids, 'merchant', say)
      : ''
  const goods = (() => {
    if (things && place) return say.t('offerSay.goods.in', { goods: things, place })
    if (things) return things
    if (place) return say.t('offerSay.goods.place', { place })
    return say.t('offerSay.goods.all')
  })()
  const without = scope.except_product_ids
  return without.length
    ? say.t('offerSay.goods.except', { goods, without: listed(without, 'product', say) })
    : goods
}

/** "from ¥100.00" or "from 3 pieces", empty when anything will do. */
export function fromOf(
  terms: Pick<OfferTerms, 'threshold_minor' | 'threshold_pieces'>,
  repeat: boolean,
  say: Say,
): string {
  const key = repeat ? 'offerSay.every' : 'offerSay.from'
  const reached = [
    terms.threshold_minor ? say.money(terms.threshold_minor) : '',
    terms.threshold_pieces
      ? say.t('offerSay.pieces', { n: say.number(terms.threshold_pieces) })
      : '',
  ]
  const words = reached.filter(Boolean).join(say.t('offerSay.and'))
  return words ? say.t(key, { what: words }) : ''
}

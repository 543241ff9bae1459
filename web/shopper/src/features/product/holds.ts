import type { Schemas } from '@galleria/shared'

type Scope = Pick<
  Schemas['CouponOffer'],
  'shop_ids' | 'category_ids' | 'funder' | 'funder_merchant_id'
>
type Goods = Pick<Schemas['Product'], 'shop' | 'category'>

/** Whether a coupon could take something off a product; the price alone decides how much. */
export function holdsFor(
  offer: Scope,
  product: Goods,
  categories: Map<string, Schemas['Category']>,
): boolean {
  const shop = offer.shop_ids.length === 0 || offer.shop_ids.includes(product.shop.id)
  const merchant = offer.funder === 'mall' || offer.funder_merchant_id === product.shop.merchant_id
  return shop && merchant && holdsForCategory(offer.category_ids, product.category.id, categories)
}

function holdsForCategory(
  wanted: string[],
  id: string,
  categories: Map<string, Schemas['Category']>,
): boolean {
  if (wanted.length === 0) return true
  let at: string | null = id
  while (at) {
    if (wanted.includes(at)) return true
    at = categories.get(at)?.parent_id ?? null
  }
  return false
}

import type { Schemas } from '@galleria/shared'

type CartView = Schemas['CartView']
type CartShop = Schemas['CartShop']
type CartLine = Schemas['CartLine']

export type Ticked = 'all' | 'some' | 'none'

export function linesOf(cart: Pick<CartView, 'shops'>): CartLine[] {
  return cart.shops.flatMap((shop) => shop.lines)
}

export function canBuy(line: CartLine): boolean {
  return line.problem === null
}

/** What would be bought: everything that can be, except what the shopper unticked. */
export function selectedIds(
  cart: Pick<CartView, 'shops'>,
  unticked: ReadonlySet<string>,
): string[] {
  return linesOf(cart)
    .filter((line) => canBuy(line) && !unticked.has(line.variant_id))
    .map((line) => line.variant_id)
}

/** Of a shop, or of the whole cart; lines that cannot be bought do not count. */
export function ticked(shops: CartShop[], unticked: ReadonlySet<string>): Ticked {
  const lines = linesOf({ shops }).filter(canBuy)
  const on = lines.filter((line) => !unticked.has(line.variant_id)).length
  if (on === 0) return 'none'
  return on === lines.length ? 'all' : 'some'
}

/** Ticks everything unless everything is ticked already. */
export function toggled(shops: CartShop[], unticked: ReadonlySet<string>): Set<string> {
  const next = new Set(unticked)
  const off = ticked(shops, unticked) === 'all'
  for (const line of linesOf({ shops }).filter(canBuy)) {
    if (off) next.add(line.variant_id)
    else next.delete(line.variant_id)
  }
  return next
}

export function toggledLine(variantId: string, unticked: ReadonlySet<string>): Set<string> {
  const next = new Set(unticked)
  if (!next.delete(variantId)) next.add(variantId)
  return next
}

import type { Schemas } from '@galleria/shared'

export type Pick = Schemas['Pick']
type Offer = { id: string; units: number }

export function pickedOf(picks: Pick[], offerId: string): number {
  return picks
    .filter((pick) => pick.offer_id === offerId)
    .reduce((sum, pick) => sum + pick.quantity, 0)
}

/** Picks so many of a good under an offer; what was picked first gives way when that is more than may be. */
export function withPick(picks: Pick[], offer: Offer, variantId: string, quantity: number): Pick[] {
  const others = picks.filter((pick) => pick.offer_id !== offer.id)
  const mine = picks.filter((pick) => pick.offer_id === offer.id && pick.variant_id !== variantId)
  const wanted = Math.min(quantity, offer.units)
  const kept = lastUnits(mine, offer.units - wanted)
  if (wanted <= 0) return [...others, ...kept]
  return [...others, ...kept, { offer_id: offer.id, variant_id: variantId, quantity: wanted }]
}

function lastUnits(picks: Pick[], room: number): Pick[] {
  const kept: Pick[] = []
  let left = room
  for (const pick of [...picks].reverse()) {
    const quantity = Math.min(pick.quantity, left)
    left -= quantity
    if (quantity > 0) kept.unshift({ ...pick, quantity })
  }
  return kept
}

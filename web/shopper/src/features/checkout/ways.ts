import type { Schemas } from '@galleria/shared'

export type WayOffer = Schemas['WayOffer']
export type WayOption = Schemas['WayOption']
export type WayChoice = Schemas['WayChoice']

/** The way that holds for a shop's goods: the chosen one, or what the server chose. */
export function heldOf(offer: WayOffer): WayOption | undefined {
  return offer.ways.find((option) => option.chosen)
}

/** What to place: the ways as they were shown, with the address, slot and point the price was for. */
export function placedWays(offers: WayOffer[]): WayChoice[] {
  return offers.flatMap((offer) => {
    const held = heldOf(offer)
    return held
      ? [
          {
            shop_id: offer.shop_id,
            way: held.way,
            address_id: held.address_id ?? null,
            slot_id: held.slot_id ?? null,
            point_id: held.point_id ?? null,
          },
        ]
      : []
  })
}

/** Whether anything is to be chosen for a shop's goods. */
export function choosable(offer: WayOffer): boolean {
  const [only] = offer.ways
  return offer.ways.length > 1 || (only !== undefined && only.slots.length > 0)
}

export const TO_THE_DOOR: readonly string[] = ['delivery', 'express']

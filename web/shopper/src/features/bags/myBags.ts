import type { Schemas } from '@galleria/shared'

export type Trip = Schemas['MyBagTrip']
export type MyBag = Schemas['MyBag']
export type BagClaim = Schemas['BagClaim']

export const STEPS = ['at_shop', 'carried', 'shelved', 'collected'] as const

const OPEN = new Set(['at_shop', 'carried', 'shelved', 'lost'])

export const isOpen = (bag: MyBag): boolean => OPEN.has(bag.state)

/** How far along the line of steps a bag is; -1 for one that left the line. */
export function stepOf(bag: MyBag): number {
  return STEPS.indexOf(bag.state as (typeof STEPS)[number])
}

/** A code is worth showing once a bag waits at a desk, or is on its way to the car. */
export function collectable(trip: Trip): boolean {
  return trip.bags.some(
    (bag) => bag.state === 'shelved' || (trip.way === 'car' && bag.state === 'carried'),
  )
}

const KEPT_AS = 'galleria.trips'

/** The trips last seen: the code must show without a network. */
export function keptTrips(mallId: string): Trip[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_AS) ?? 'null') as {
      mallId: string
      trips: Trip[]
    } | null
    return kept?.mallId === mallId ? kept.trips : []
  } catch {
    return []
  }
}

export function keepTrips(mallId: string, trips: Trip[]): void {
  const open = trips.filter((trip) => trip.state === 'open')
  localStorage.setItem(KEPT_AS, JSON.stringify({ mallId, trips: open }))
}

export function forgetTrips(): void {
  localStorage.removeItem(KEPT_AS)
}

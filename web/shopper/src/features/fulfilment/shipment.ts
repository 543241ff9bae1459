import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/ToneChip.vue'

export type Shipment = Schemas['ShipmentView']
export type ShipmentState = Schemas['ShipmentState']

export interface Step {
  name: 'prepare' | 'packed' | 'travel' | 'waits' | 'have'
  done: boolean
  current: boolean
}

const ORDER: Record<ShipmentState, number> = {
  planned: 0,
  picking: 0,
  packed: 1,
  handed: 2,
  on_the_way: 2,
  failed: 2,
  at_point: 3,
  delivered: 4,
  returning: 2,
  returned: 2,
  lost: 2,
  destroyed: 2,
  cancelled: 0,
}
const TROUBLED: readonly ShipmentState[] = ['failed', 'returning', 'returned', 'lost', 'destroyed']

/** Where a shipment stands on its line: at a point it waits, to a door it travels, at the shop it is ready. */
export function stepsOf(shipment: Shipment): Step[] {
  const names: Step['name'][] =
    shipment.way === 'collect'
      ? ['prepare', 'packed', 'have']
      : shipment.way === 'point'
        ? ['prepare', 'travel', 'waits', 'have']
        : ['prepare', 'packed', 'travel', 'have']
  const at: Record<Step['name'], number> = { prepare: 0, packed: 1, travel: 2, waits: 3, have: 4 }
  const reached = ORDER[shipment.state]
  const current = [...names].reverse().find((name) => at[name] <= reached) ?? names[0]
  return names.map((name) => ({
    name,
    done: at[name] < reached || shipment.state === 'delivered',
    current: name === current && shipment.state !== 'delivered',
  }))
}

export function toneOf(shipment: Shipment): Tone {
  if (shipment.state === 'delivered') return 'good'
  if (TROUBLED.includes(shipment.state)) return 'bad'
  if (shipment.state === 'cancelled') return 'quiet'
  if (shipment.late) return 'warn'
  return shipment.state === 'at_point' ? 'accent' : 'info'
}

export function addressText(place: Schemas['Place']): string {
  return [place.province, place.city, place.district, place.street, place.door]
    .filter(Boolean)
    .join(' ')
}

/** What a desk has scanned: the code of a shopper, or the number on a box. */
export function scanned(text: string): { code: string } | { number: string } {
  const raw = text.trim()
  const code = /^(?:GALP:)?(\d{6})$/.exec(raw)?.[1]
  return code ? { code } : { number: raw }
}

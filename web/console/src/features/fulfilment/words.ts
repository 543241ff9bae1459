import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/StateChip.vue'

type Shipment = Schemas['ShipmentView']

/** Tenths of a degree, as people read them. */
export function degrees(tenths: number | null | undefined): string {
  return tenths === null || tenths === undefined ? '–' : `${(tenths / 10).toFixed(1)} °C`
}

/** The one thing that is wrong with a shipment, the worst first. */
export function troubleOf(shipment: Shipment): string {
  if (shipment.reason === 'carrier_failed') return 'no_carrier'
  if (shipment.state === 'failed') return 'failed'
  if (shipment.state === 'returning') return 'returning'
  if (shipment.state === 'at_point') return 'unclaimed'
  return ['planned', 'picking'].includes(shipment.state) ? 'prepare_late' : 'travel_late'
}

export function toneOf(shipment: Shipment): Tone {
  if (shipment.state === 'failed' || shipment.reason === 'carrier_failed') return 'bad'
  return shipment.late ? 'warn' : 'info'
}

export const STORAGES = ['ambient', 'chilled', 'frozen'] as const
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const

/** What a row says without the id it has: what is sent to change it. */
export function withoutId<T extends { id: string }>(row: T): Omit<T, 'id'> {
  const copy: Partial<T> = { ...row }
  delete copy.id
  return copy as Omit<T, 'id'>
}

import type { Schemas } from '@galleria/shared'
import type { Tone } from '../common/ToneChip.vue'

export type OrderState = Schemas['OrderState']
export type SubOrderState = Schemas['SubOrderState']
export type OrderSummary = Schemas['OrderSummary']
export type OrderView = Schemas['OrderView']
export type SubOrderView = Schemas['SubOrderView']
export type LineView = Schemas['LineView']
export type UnitState = Schemas['UnitState']

/** A ready part without goods is nothing to collect: its vouchers are there to be used. */
export type Headline = OrderState | SubOrderState | 'usable'

/** One word for a purchase: unpaid or ended it says so, paid it says what its slowest shop still has to do. */
export function headlineOf(order: {
  state: OrderState
  shops: { state: SubOrderState }[]
  lines: { kind: string }[]
}): Headline {
  if (order.state !== 'paid') return order.state
  const states = new Set(order.shops.map((shop) => shop.state))
  if (states.has('ready')) return hasGoods(order.lines) ? 'ready' : 'usable'
  if (states.has('preparing') || states.has('pending')) return 'preparing'
  if (states.has('fulfilled')) return 'fulfilled'
  return states.has('refunded') ? 'refunded' : 'paid'
}

export function partState(part: SubOrderView): Headline {
  return part.state === 'ready' && !hasGoods(part.lines) ? 'usable' : part.state
}

export function hasGoods(lines: { kind: string }[]): boolean {
  return lines.some((line) => line.kind === 'physical')
}

const TONES: Record<Headline, Tone> = {
  pending_payment: 'warn',
  paid: 'info',
  cancelled: 'quiet',
  expired: 'quiet',
  pending: 'quiet',
  preparing: 'info',
  ready: 'accent',
  usable: 'accent',
  fulfilled: 'good',
  refunded: 'bad',
}

export function toneOf(headline: Headline): Tone {
  return TONES[headline]
}

export interface Stage {
  name: 'placed' | 'paid' | 'preparing' | 'ready' | 'packed' | 'collected' | 'received' | 'used'
  done: boolean
  current: boolean
}

/** Ways of goods that are brought or sent: what follows after packing is told by their shipments. */
const SENT: readonly string[] = ['point', 'delivery', 'express']
/** Ways of goods the shopper had before paying. */
const IN_HAND: readonly string[] = ['carried', 'table']

/** The way of one shop's part: goods are prepared and collected or brought, vouchers are bought and used. */
export function stagesOf(part: SubOrderView, order: { state: OrderState }): Stage[] {
  const goods = hasGoods(part.lines)
  const names = stageNames(part, goods)
  const reached = Math.min(reachedBy(part.state, order.state, goods), names.length - 1)
  return names.map((name, index) => ({ name, done: index <= reached, current: index === reached }))
}

function stageNames(part: SubOrderView, goods: boolean): Stage['name'][] {
  if (!goods) return ['placed', 'paid', 'used']
  if (IN_HAND.includes(part.way)) return ['placed', 'paid', 'collected']
  return SENT.includes(part.way)
    ? ['placed', 'paid', 'preparing', 'packed', 'received']
    : ['placed', 'paid', 'preparing', 'ready', 'collected']
}

function reachedBy(state: SubOrderState, order: OrderState, goods: boolean): number {
  if (order !== 'paid') return 0
  if (state === 'fulfilled') return goods ? 4 : 2
  if (!goods) return 1
  return state === 'ready' ? 3 : 2
}

/** How many units of a line stand in each state. */
export function unitsByState(line: LineView): Record<UnitState, number> {
  const counts = { open: 0, fulfilled: 0, refunded: 0 }
  for (const unit of line.units) counts[unit.state] += 1
  return counts
}

export function mayRefund(order: OrderView): boolean {
  return (
    order.state === 'paid' &&
    order.sub_orders.some((part) =>
      part.lines.some((line) => line.units.some((unit) => unit.state === 'open')),
    )
  )
}

/** Whether anything of an order is brought, sent, or booked for a time. */
export function brought(order: OrderView): boolean {
  return order.sub_orders.some((part) => Boolean(part.promised_by))
}

/** Whether a paid order may still be cancelled whole; the server has the last word. */
export function mayCancel(order: OrderView): boolean {
  return (
    order.state === 'paid' &&
    order.sub_orders.every(
      (part) =>
        (part.state === 'preparing' || !hasGoods(part.lines)) &&
        part.lines.every((line) => line.units.every((unit) => unit.state === 'open')),
    )
  )
}

import type { Schemas } from '@galleria/shared'
import type { QueueState } from './queue'

type Festival = Pick<
  Schemas['FestivalPage'],
  'phase' | 'opens_at' | 'queue_opens_at' | 'sold_out' | 'waiting_room'
>

/** What the page is about just now. */
export type Stage =
  | 'before' // the door is shut; a countdown
  | 'door' // one may queue up, or come straight in where there is no waiting room
  | 'proving'
  | 'waiting'
  | 'turn'
  | 'soldOut'
  | 'paused'
  | 'ended'

/** Ended and paused hold for everybody; a turn that is there is not taken away by a sold-out sign. */
export function stageOf(festival: Festival, queue: QueueState, now: number): Stage {
  const phase = queue.standing?.phase ?? festival.phase
  if (phase === 'ended') return 'ended'
  if (phase === 'paused') return 'paused'
  if (queue.standing?.sold_out ?? festival.sold_out) return 'soldOut'
  if (queue.step !== 'out') return queue.step
  const doorAt = festival.waiting_room ? festival.queue_opens_at : festival.opens_at
  if (now < Date.parse(doorAt)) return 'before'
  return festival.waiting_room ? 'door' : 'turn'
}

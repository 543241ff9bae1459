import { Problem, type Schemas } from '@galleria/shared'
import { reactive } from 'vue'
import { dropTicket, keepTicket, keptTicket } from './keptTicket'

export type Standing = Schemas['Standing']

/** What a queue needs of the world. */
export interface Door {
  /** Answers the door's riddle, if it sets one. */
  prove: (signal: AbortSignal) => Promise<string | null>
  join: (proof: string | null) => Promise<Schemas['Ticket']>
  standing: (ticket: string) => Promise<Standing>
  /** The server's clock, in milliseconds. */
  now: () => number
  yourTurn: () => void
}

export type QueueStep = 'out' | 'proving' | 'waiting' | 'turn'

export interface QueueState {
  step: QueueStep
  ticket: string | null
  standing: Standing | null
  /** How many were ahead at first, to show how far one has come. */
  aheadAtFirst: number
  /** The last question got no answer; the place is kept all the same. */
  offline: boolean
  /** Too many tries from here: the next one is allowed at this instant of this phone's clock. */
  slowedUntil: number
  problem: Problem | null
}

export interface Queue {
  state: QueueState
  join: () => Promise<void>
  /** Asks at once, as when the screen is looked at again. */
  look: () => Promise<void>
  leave: () => void
  stop: () => void
}

const TRY_AGAIN_S = 3
const SLOWED_S = 5
/** What tells that a ticket is no good any more. */
const TICKET_GONE = new Set([400, 403, 404, 410, 422])

/** One person's way through a waiting room: riddle, number, waiting, turn; it goes on after a reload. */
export function createQueue(festivalId: string, door: Door): Queue {
  const state = reactive<QueueState>({
    step: 'out',
    ticket: null,
    standing: null,
    aheadAtFirst: 0,
    offline: false,
    slowedUntil: 0,
    problem: null,
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  let proving: AbortController | null = null

  function lookAfter(seconds: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), spread(seconds * 1_000))
  }

  function settle(standing: Standing): void {
    const before = state.step
    state.standing = standing
    state.offline = false
    state.problem = null
    state.step = stepOf(standing, door.now())
    if (state.step === 'turn' && before !== 'turn') door.yourTurn()
    lookAfter(standing.poll_after_s)
  }

  function forget(): void {
    clearTimeout(timer)
    dropTicket(festivalId)
    state.ticket = null
    state.standing = null
    state.step = 'out'
  }

  async function look(): Promise<void> {
    if (!state.ticket) return
    try {
      settle(await door.standing(state.ticket))
    } catch (error) {
      lost(asProblem(error))
    }
  }

  function lost(problem: Problem): void {
    if (TICKET_GONE.has(problem.status)) {
      forget()
      state.problem = problem
      return
    }
    state.offline = problem.status !== 429
    const before = state.step
    // The turn comes by the clock, network or not.
    if (state.standing) state.step = stepOf(state.standing, door.now())
    if (state.step === 'turn' && before !== 'turn') door.yourTurn()
    lookAfter(retryAfter(problem) ?? TRY_AGAIN_S)
  }

  async function join(): Promise<void> {
    if (state.step !== 'out') return
    state.step = 'proving'
    state.problem = null
    proving = new AbortController()
    try {
      const { ticket, standing } = await door.join(await door.prove(proving.signal))
      state.ticket = ticket
      state.aheadAtFirst = standing.position
      keepTicket(festivalId, { ticket, number: standing.number, ahead: standing.position })
      settle(standing)
    } catch (error) {
      refused(asProblem(error))
    }
  }

  function refused(problem: Problem): void {
    state.step = 'out'
    state.problem = problem
    const seconds = retryAfter(problem)
    state.slowedUntil = seconds === null ? 0 : Date.now() + seconds * 1_000
  }

  const kept = keptTicket(festivalId)
  if (kept) {
    state.ticket = kept.ticket
    state.aheadAtFirst = kept.ahead
    state.step = 'waiting'
    void look()
  }

  return {
    state,
    join,
    look,
    leave: forget,
    stop() {
      clearTimeout(timer)
      proving?.abort()
    },
  }
}

/** As the server said, and by the clock where it has not been heard since. */
export function stepOf(standing: Standing, now: number): QueueStep {
  const due = standing.turn_at !== null && Date.parse(standing.turn_at) <= now
  return standing.your_turn || (due && standing.phase === 'live') ? 'turn' : 'waiting'
}

/** How many seconds the server asks to wait before another try; null when it does not. */
function retryAfter(problem: Problem): number | null {
  if (problem.status !== 429) return null
  return Math.max(1, Number(problem.params.retry_after ?? problem.params.retry_after_s ?? SLOWED_S))
}

/** Not all at once, though all were told the same. */
function spread(ms: number): number {
  return Math.round(Math.max(500, ms) * (0.9 + Math.random() * 0.2))
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  throw error
}

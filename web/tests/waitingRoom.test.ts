import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem, type Schemas } from '../shared/src'
import { keepTicket, keptTicket } from '../shopper/src/features/festivals/keptTicket'
import { solve } from '../shopper/src/features/festivals/proof'
import { createQueue, stepOf, type Door } from '../shopper/src/features/festivals/queue'
import { stageOf } from '../shopper/src/features/festivals/stage'
import { progressOf, waitOf } from '../shopper/src/features/festivals/waiting'

const OPENS = Date.parse('2026-11-21T12:00:00Z')

function standing(rest: Partial<Schemas['Standing']> = {}): Schemas['Standing'] {
  return {
    number: 120,
    position: 100,
    serving: 20,
    turn_at: new Date(OPENS + 60_000).toISOString(),
    turn_until: null,
    your_turn: false,
    phase: 'live',
    pause_zh: '',
    pause_en: '',
    sold_out: false,
    next_release_at: null,
    alternatives: [],
    poll_after_s: 2,
    server_now: new Date(OPENS).toISOString(),
    ...rest,
  }
}

function doorWith(rest: Partial<Door> = {}): Door {
  return {
    prove: vi.fn(async () => 'proof'),
    join: vi.fn(async () => ({ ticket: 'signed', standing: standing() })),
    standing: vi.fn(async () => standing()),
    now: () => OPENS,
    yourTurn: vi.fn(),
    ...rest,
  }
}

const network = (): Problem => Problem.network()

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(() => vi.useRealTimers())

describe('a way through the waiting room', () => {
  it('answers the riddle, takes a number, waits, and is called once', async () => {
    const door = doorWith()
    const queue = createQueue('f', door)
    await queue.join()
    expect(door.join).toHaveBeenCalledExactlyOnceWith('proof')
    expect(queue.state).toMatchObject({ step: 'waiting', ticket: 'signed', aheadAtFirst: 100 })

    vi.mocked(door.standing).mockResolvedValue(standing({ position: 0, your_turn: true }))
    await vi.advanceTimersByTimeAsync(2_500)
    expect(queue.state.step).toBe('turn')
    await vi.advanceTimersByTimeAsync(2_500)
    expect(door.yourTurn).toHaveBeenCalledTimes(1)
    queue.stop()
  })

  it('goes on after a reload, with the number it had', async () => {
    keepTicket('f', { ticket: 'kept', number: 7, ahead: 40 })
    const door = doorWith()
    const queue = createQueue('f', door)
    expect(queue.state).toMatchObject({ step: 'waiting', aheadAtFirst: 40 })
    await vi.advanceTimersByTimeAsync(0)
    expect(door.standing).toHaveBeenCalledWith('kept')
    expect(door.join).not.toHaveBeenCalled()
    queue.stop()
  })

  it('keeps the place when the network goes, and the turn comes by the clock', async () => {
    let now = OPENS
    const door = doorWith({ now: () => now })
    const queue = createQueue('f', door)
    await queue.join()
    vi.mocked(door.standing).mockRejectedValue(network())
    await vi.advanceTimersByTimeAsync(2_500)
    expect(queue.state).toMatchObject({ step: 'waiting', offline: true, ticket: 'signed' })
    now = OPENS + 61_000
    await vi.advanceTimersByTimeAsync(3_500)
    expect(queue.state.step).toBe('turn')
    vi.mocked(door.standing).mockResolvedValue(standing({ your_turn: true }))
    await vi.advanceTimersByTimeAsync(3_500)
    expect(queue.state.offline).toBe(false)
    queue.stop()
  })

  it('says when it is slowed down, and for how long', async () => {
    const slowed = new Problem({ code: 'too_many', status: 429, params: { retry_after: 8 } })
    const queue = createQueue('f', doorWith({ join: vi.fn(() => Promise.reject(slowed)) }))
    await queue.join()
    expect(queue.state.step).toBe('out')
    expect(queue.state.slowedUntil - Date.now()).toBe(8_000)
  })

  it('drops a ticket that is no good, so that one can queue again', async () => {
    const door = doorWith()
    const queue = createQueue('f', door)
    await queue.join()
    vi.mocked(door.standing).mockRejectedValue(new Problem({ code: 'ticket_wrong', status: 400 }))
    await vi.advanceTimersByTimeAsync(2_500)
    expect(queue.state).toMatchObject({ step: 'out', ticket: null })
    expect(keptTicket('f')).toBeNull()
  })

  it('tells a riddle that was not solved like any refusal', async () => {
    const failed = new Problem({ code: 'proof_failed' })
    const queue = createQueue('f', doorWith({ prove: vi.fn(() => Promise.reject(failed)) }))
    await queue.join()
    expect(queue.state.problem?.code).toBe('proof_failed')
    expect(queue.state.step).toBe('out')
  })

  it('does not call anyone while all is paused', () => {
    expect(stepOf(standing({ turn_at: null, phase: 'paused' }), OPENS)).toBe('waiting')
    expect(stepOf(standing({ phase: 'paused' }), OPENS + 120_000)).toBe('waiting')
    expect(stepOf(standing(), OPENS + 120_000)).toBe('turn')
  })
})

describe('what a festival page is about', () => {
  const page = {
    phase: 'live' as const,
    opens_at: new Date(OPENS).toISOString(),
    queue_opens_at: new Date(OPENS - 600_000).toISOString(),
    sold_out: false,
    waiting_room: true,
  }
  const out = { ...createQueue('x', doorWith()).state }

  it('counts down, opens the queue before the festival, and lets people in', () => {
    expect(stageOf(page, out, OPENS - 700_000)).toBe('before')
    expect(stageOf(page, out, OPENS - 500_000)).toBe('door')
    expect(stageOf(page, { ...out, step: 'waiting' }, OPENS)).toBe('waiting')
    expect(stageOf({ ...page, waiting_room: false }, out, OPENS - 1)).toBe('before')
    expect(stageOf({ ...page, waiting_room: false }, out, OPENS)).toBe('turn')
  })

  it('says at once when it is paused, sold out or over', () => {
    const waiting = { ...out, step: 'waiting' as const }
    expect(stageOf({ ...page, phase: 'paused' }, out, OPENS)).toBe('paused')
    expect(stageOf(page, { ...waiting, standing: standing({ phase: 'paused' }) }, OPENS)).toBe(
      'paused',
    )
    expect(stageOf(page, { ...waiting, standing: standing({ sold_out: true }) }, OPENS)).toBe(
      'soldOut',
    )
    expect(stageOf({ ...page, phase: 'ended' }, out, OPENS)).toBe('ended')
  })
})

describe('an honest waiting time', () => {
  it('is a range, in seconds or minutes, and never below the plan', () => {
    expect(waitOf(0)).toEqual({ unit: 'seconds', from: 0, to: 10 })
    expect(waitOf(38_000)).toEqual({ unit: 'seconds', from: 30, to: 70 })
    expect(waitOf(180_000)).toEqual({ unit: 'minutes', from: 3, to: 5 })
    expect(waitOf(1_800_000)).toEqual({ unit: 'minutes', from: 30, to: 50 })
  })

  it('shows how far one has come', () => {
    expect([progressOf(100, 100), progressOf(100, 25), progressOf(0, 0)]).toEqual([0, 0.75, 1])
  })
})

describe('the riddle at the door', () => {
  const challenge = {
    algorithm: 'SHA-256',
    challenge: 'abc',
    maxnumber: 10,
    salt: 's',
    signature: 'sig',
    expires_at: '2026-11-21T12:00:00Z',
  }
  const workerThat = (answers: unknown): Worker => {
    const worker = {
      terminate: vi.fn(),
      onmessage: null as ((event: { data: unknown }) => void) | null,
      postMessage: () => worker.onmessage?.({ data: answers }),
    }
    return worker as unknown as Worker
  }

  it('is answered in ALTCHA’s own form', async () => {
    const proof = await solve(challenge, new AbortController().signal, () =>
      workerThat({ number: 7, took: 12 }),
    )
    expect(JSON.parse(atob(proof))).toMatchObject({ number: 7, salt: 's', signature: 'sig' })
  })

  it('is given up when no number fits', async () => {
    const given = solve(challenge, new AbortController().signal, () => workerThat(null))
    await expect(given).rejects.toMatchObject({ code: 'proof_failed' })
  })
})

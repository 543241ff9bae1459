import { ref, type Ref } from 'vue'

export interface ServerClock {
  /** Server clock minus this phone's, in milliseconds; for `Countdown` and `RotatingTicket`. */
  skewMs: Readonly<Ref<number>>
  /** Asks, and learns the time from `server_now` in the answer; the quickest answer is trusted most. */
  timed: <T extends { server_now: string }>(ask: () => Promise<T>) => Promise<T>
  /** What the server's clock shows now. */
  serverNow: () => number
}

/** The answer was written half-way between asking and hearing, as far as anyone can tell. */
export function skewOf(serverNow: string, askedAt: number, heardAt: number): number {
  return Date.parse(serverNow) - (askedAt + heardAt) / 2
}

/** A measurement is kept until it is old, for phones set their clocks. */
const TRUSTED_FOR_MS = 60_000

export function useServerClock(): ServerClock {
  const skewMs = ref(0)
  let best = { trip: Infinity, at: 0 }

  function learn(serverNow: string, askedAt: number, heardAt: number): void {
    const trip = heardAt - askedAt
    if (trip > best.trip && heardAt - best.at < TRUSTED_FOR_MS) return
    best = { trip, at: heardAt }
    skewMs.value = skewOf(serverNow, askedAt, heardAt)
  }

  return {
    skewMs,
    serverNow: () => Date.now() + skewMs.value,
    async timed(ask) {
      const askedAt = Date.now()
      const answer = await ask()
      learn(answer.server_now, askedAt, Date.now())
      return answer
    },
  }
}

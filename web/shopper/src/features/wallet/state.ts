import type { Schemas } from '@galleria/shared'

type Claim = Pick<Schemas['MyClaim'], 'state' | 'usable_now' | 'locked_until' | 'transfer_until'>

/** What the wallet is filtered by; a returned coupon is as good as a fresh one. */
export const FILTERS = ['usable', 'held', 'used', 'expired', 'transferred'] as const
export type Filter = (typeof FILTERS)[number]

type ClaimState = Schemas['MyClaim']['state']

/** Which states of the server each filter asks for. */
export const STATES: Record<Filter, ClaimState[]> = {
  usable: ['issued', 'returned'],
  held: ['held', 'locked'],
  used: ['used'],
  expired: ['expired'],
  transferred: ['transferred'],
}

/** Where a coupon stands for its owner: a till's lock that is past its time is none. */
export function standingOf(
  claim: Claim,
  now: number,
):
  'usable' | 'later' | 'offered' | 'locked' | 'held' | 'used' | 'expired' | 'transferred' | 'void' {
  const { state } = claim
  if (state === 'locked') {
    return claim.locked_until && Date.parse(claim.locked_until) > now ? 'locked' : 'usable'
  }
  if (state !== 'issued' && state !== 'returned') return state
  if (claim.transfer_until && Date.parse(claim.transfer_until) > now) return 'offered'
  return claim.usable_now ? 'usable' : 'later'
}

interface StatePage<T> {
  items: T[]
  next_cursor?: string | null
}

/** Reads several states one after another as if they were one list; the cursor says in which state it is. */
export async function chained<T>(
  states: ClaimState[],
  cursor: string | null,
  fetchPage: (state: ClaimState, cursor: string | null) => Promise<StatePage<T>>,
): Promise<{ items: T[]; next_cursor: string | null }> {
  const [index, inside] = cursor ? split(cursor) : [0, null]
  const state = states[index]
  if (!state) return { items: [], next_cursor: null }
  const page = await fetchPage(state, inside)
  if (page.next_cursor) return { items: page.items, next_cursor: `${index}:${page.next_cursor}` }
  if (index + 1 >= states.length) return { items: page.items, next_cursor: null }
  const rest = await chained(states, `${index + 1}:`, fetchPage)
  return { items: [...page.items, ...rest.items], next_cursor: rest.next_cursor }
}

function split(cursor: string): [number, string | null] {
  const at = cursor.indexOf(':')
  return [Number(cursor.slice(0, at)), cursor.slice(at + 1) || null]
}

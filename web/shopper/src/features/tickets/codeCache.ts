import type { Schemas } from '@galleria/shared'

export type MyTicket = Schemas['MyTicket']
export type TicketCode = Schemas['TicketCode']

/** A ticket with its secret, and by how much the server's clock is ahead of this phone's. */
export interface KeptTicket extends TicketCode {
  skew_ms: number
}

interface Stored {
  member: string | null
  mall: string
  tickets: KeptTicket[]
}

const STORED_AS = 'galleria.tickets'

/** The tickets this phone can show without a network, for one mall. */
export function readKept(mallId: string, memberId: string | null): KeptTicket[] {
  const stored = parse(localStorage.getItem(STORED_AS))
  if (!stored || stored.mall !== mallId) return []
  // Offline we may not know who is signed in; then what this sign-in left here is the best truth.
  const stranger = memberId !== null && stored.member !== null && stored.member !== memberId
  return stranger ? [] : stored.tickets
}

export function writeKept(mallId: string, memberId: string | null, tickets: KeptTicket[]): void {
  const stored: Stored = { member: memberId, mall: mallId, tickets }
  localStorage.setItem(STORED_AS, JSON.stringify(stored))
}

/** A secret must not outlive its owner's sign-in on this phone. */
export function forgetKept(): void {
  localStorage.removeItem(STORED_AS)
}

export function keptFrom(code: TicketCode, receivedAtMs: number): KeptTicket {
  return { ...code, skew_ms: new Date(code.server_now).getTime() - receivedAtMs }
}

/** Puts a fresh list over what was kept: news wins, secrets stay, what the server no longer lists goes. */
export function merged(kept: KeptTicket[], listed: MyTicket[]): KeptTicket[] {
  const secrets = new Map(kept.map((ticket) => [ticket.id, ticket]))
  return listed.flatMap((ticket) => {
    const known = secrets.get(ticket.id)
    // The list does not know a coupon's last day; the ticket itself does.
    return known
      ? [{ ...known, ...ticket, valid_until: ticket.valid_until ?? known.valid_until }]
      : []
  })
}

/** Listed tickets whose secret is still to be fetched. */
export function missing(kept: KeptTicket[], listed: MyTicket[]): string[] {
  const known = new Set(kept.map((ticket) => ticket.id))
  return listed.filter((ticket) => !known.has(ticket.id)).map((ticket) => ticket.id)
}

/** What to hold up at a counter: valid, not over, what ends first in front, goods to collect before all. */
export function showable(kept: KeptTicket[], nowMs: number): KeptTicket[] {
  return kept
    .filter((ticket) => ticket.state === 'valid' && endOf(ticket) > nowMs - ticket.skew_ms)
    .sort((a, b) => rank(a) - rank(b) || endOf(a) - endOf(b) || (a.id < b.id ? 1 : -1))
}

function rank(ticket: KeptTicket): number {
  return ticket.kind === 'pickup' ? 0 : 1
}

function endOf(ticket: KeptTicket): number {
  return ticket.valid_until === null ? Number.MAX_SAFE_INTEGER : Date.parse(ticket.valid_until)
}

function parse(stored: string | null): Stored | null {
  try {
    const value = JSON.parse(stored ?? 'null') as Partial<Stored> | null
    return value?.mall && Array.isArray(value.tickets) ? (value as Stored) : null
  } catch {
    return null
  }
}

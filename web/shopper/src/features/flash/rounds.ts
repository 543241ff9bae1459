import type { Schemas } from '@galleria/shared'

export type Session = Schemas['FlashSession']
export type Phase = Schemas['FlashPhase']

/** The sessions that start together: one tab. */
export interface Round {
  startsAt: string
  endsAt: string
  phase: Phase
  sessions: Session[]
}

/** A round runs while any of its sessions does, and is sold out when all of them are. */
const LIVELY: Phase[] = ['running', 'upcoming', 'sold_out', 'over']

export function roundsOf(sessions: Session[]): Round[] {
  const byStart = new Map<string, Session[]>()
  for (const session of sessions) {
    byStart.set(session.starts_at, [...(byStart.get(session.starts_at) ?? []), session])
  }
  return [...byStart]
    .sort(([one], [other]) => Date.parse(one) - Date.parse(other))
    .map(([startsAt, together]) => ({
      startsAt,
      endsAt: together.reduce((end, { ends_at }) => (ends_at > end ? ends_at : end), ''),
      phase: LIVELY.find((phase) => together.some((one) => one.phase === phase)) ?? 'over',
      sessions: together,
    }))
}

/** What somebody came for: what runs, else what comes next, else the last one. */
export function roundToShow(rounds: Round[]): Round | undefined {
  const of = (phase: Phase) => rounds.find((round) => round.phase === phase)
  return of('running') ?? of('upcoming') ?? of('sold_out') ?? rounds.at(-1)
}

/** The next round, of those to come, that sells a good. */
export function nextWith(
  rounds: Round[],
  variantId: string,
  after: string,
): { round: Round; priceMinor: number } | null {
  const later = rounds.filter(
    (round) => round.phase === 'upcoming' && Date.parse(round.startsAt) > Date.parse(after),
  )
  for (const round of later) {
    const good = round.sessions
      .flatMap((session) => session.goods)
      .find((one) => one.variant_id === variantId)
    if (good) return { round, priceMinor: good.sale_price_minor }
  }
  return null
}

/** How much less than the shelf price, in basis points. */
export function savingOf(priceMinor: number, saleMinor: number): number {
  if (priceMinor <= 0) return 0
  return Math.max(0, Math.round((1 - saleMinor / priceMinor) * 10_000))
}

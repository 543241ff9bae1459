import type { Schemas } from '@galleria/shared'

export type OfferChoice = Schemas['OfferChoice']
type Reason = NonNullable<OfferChoice['reason']>

/** What a few more goods, or a choice, would bring about. */
const WITHIN_REACH: Reason[] = ['threshold', 'pieces']

/** Reasons that say nothing to a shopper who looks at a basket. */
const SILENT: Reason[] = ['no_matching_goods', 'ended']

export interface Sorted {
  applied: OfferChoice[]
  /** A few goods away, the nearest first. */
  almost: OfferChoice[]
  /** With gifts or add-ons to choose, chosen or not. */
  choosing: OfferChoice[]
  /** Left out, each for its reason. */
  rest: OfferChoice[]
}

/** An offer belongs to one group, but for choices: those are applied, too, once something is chosen. */
export function sortOffers(offers: OfferChoice[]): Sorted {
  const open = offers.filter((offer) => !offer.applied)
  return {
    applied: offers.filter((offer) => offer.applied),
    almost: open.filter(({ reason }) => reason && WITHIN_REACH.includes(reason)).sort(nearest),
    choosing: offers.filter(
      (offer) => offer.choices.length > 0 && (offer.applied || offer.reason === 'choose'),
    ),
    rest: open.filter(
      ({ reason }) => reason && ![...WITHIN_REACH, ...SILENT, 'choose' as Reason].includes(reason),
    ),
  }
}

function nearest(one: OfferChoice, other: OfferChoice): number {
  return (
    one.missing_pieces - other.missing_pieces ||
    one.missing_minor - other.missing_minor ||
    other.discount_minor - one.discount_minor
  )
}

interface WithReason {
  reason?: Reason | null
  missing_minor: number
  missing_pieces: number
  beside?: string | null
}

type Titled = Pick<OfferChoice, 'id' | 'title_zh' | 'title_en'>

export interface Why {
  /** Message key. */
  key: string
  missingMinor: number
  pieces: number
  /** The offer that kept it out. */
  beside: Titled | null
}

/** Why an offer takes nothing off, to be put into words. */
export function whyNot(one: WithReason, all: Titled[]): Why | null {
  if (!one.reason) return null
  const beside = all.find(({ id }) => id === one.beside) ?? null
  // Who is kept out by something that is not shown is kept out all the same.
  const reason = one.reason === 'excluded' && !beside ? 'excluded_plain' : one.reason
  return {
    key: `price.reason.${reason}`,
    missingMinor: one.missing_minor,
    pieces: one.missing_pieces,
    beside,
  }
}

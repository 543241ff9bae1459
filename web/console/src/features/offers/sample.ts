import type { OfferTerms } from './terms'

export interface Sample {
  pieces: number
  before: number
  after: number
}

const MANY = 20

const share = (minor: number, basisPoints: number) => Math.round((minor * basisPoints) / 10_000)

/** So many pieces of one good as reach the threshold, at most twenty. */
function enough(terms: OfferTerms, price: number, least: number): number {
  const forMoney = price > 0 ? Math.ceil(terms.threshold_minor / price) : 1
  return Math.min(MANY, Math.max(1, least, forMoney, terms.threshold_pieces))
}

/**
 * What some pieces of one good would cost under this offer alone; null where that says nothing.
 * A glance while one writes, not the price: that is the engine's, in the checks before a launch.
 */
export function sampleOf(terms: OfferTerms, price: number): Sample | null {
  const { benefit } = terms
  const of = (pieces: number, after: number): Sample => ({
    pieces,
    before: pieces * price,
    after: Math.max(0, Math.min(pieces * price, after)),
  })
  switch (benefit.kind) {
    case 'set_price':
      return benefit.price_minor ? of(1, Math.min(price, benefit.price_minor)) : null
    case 'percent': {
      const pieces = enough(terms, price, 1)
      const off = share(pieces * price, benefit.percent_bp)
      return of(pieces, pieces * price - Math.min(off, benefit.cap_minor ?? off))
    }
    case 'amount': {
      const pieces = enough(terms, price, 1)
      return of(pieces, pieces * price - benefit.amount_minor)
    }
    case 'tiers': {
      const [first] = benefit.tiers
      if (!first) return null
      const pieces =
        benefit.by === 'pieces'
          ? Math.min(MANY, first.threshold)
          : Math.min(MANY, Math.max(1, Math.ceil(first.threshold / Math.max(1, price))))
      const off = first.percent_bp
        ? share(pieces * price, first.percent_bp)
        : (first.amount_minor ?? 0)
      return of(pieces, pieces * price - off)
    }
    case 'set': {
      if (terms.discounted) return null
      const full = benefit.size - benefit.discounted
      return of(benefit.size, full * price + benefit.discounted * share(price, benefit.pay_bp))
    }
    default:
      return null
  }
}

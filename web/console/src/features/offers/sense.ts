import type { OfferTerms } from './terms'

export interface Sense {
  code: 'deep' | 'free' | 'everyone' | 'open_end' | 'no_budget' | 'long' | 'budget_zero_too_many'
  severity: 'warning' | 'info'
  params: Record<string, number>
}

const DAY_MS = 86_400_000
const DEEP_BP = 5_000
const LONG_DAYS = 60
const LARGE_BUDGET = 5_000_000

function depthOf(terms: OfferTerms): number | null {
  const { benefit } = terms
  switch (benefit.kind) {
    case 'percent':
      return benefit.percent_bp
    case 'amount':
      return terms.threshold_minor
        ? Math.round((benefit.amount_minor / terms.threshold_minor) * 10_000)
        : null
    case 'tiers':
      return Math.max(
        ...benefit.tiers.map((tier) => {
          if (tier.percent_bp) return tier.percent_bp
          if (benefit.by !== 'money' || !tier.threshold) return 0
          return Math.round(((tier.amount_minor ?? 0) / tier.threshold) * 10_000)
        }),
      )
    default:
      return null
  }
}

/** What strikes one at once, before the server has looked: depth, audience, budget, period. */
export function senseOf(terms: OfferTerms): Sense[] {
  const found: Sense[] = []
  const { eligibility: who, limits } = terms
  const depth = depthOf(terms)
  if (depth !== null && depth >= 10_000)
    found.push({ code: 'free', severity: 'warning', params: {} })
  else if (depth !== null && depth > DEEP_BP) {
    found.push({ code: 'deep', severity: 'warning', params: { percent: Math.round(depth / 100) } })
  }
  if (limits.budget_minor && limits.budget_minor > LARGE_BUDGET) {
    found.push({
      code: 'budget_zero_too_many',
      severity: 'warning',
      params: { money: limits.budget_minor },
    })
  }
  const limited = limits.total || limits.budget_minor || terms.sessions.length > 0
  if (terms.benefit.kind !== 'purchase_limit' && !limited) {
    found.push({ code: 'no_budget', severity: 'info', params: {} })
  }
  const open =
    !who.members_only &&
    !who.new_customer &&
    !who.first_order_in_shop &&
    !who.birthday &&
    who.tiers.length === 0
  const everywhere = Object.values(terms.counted).every((ids) => (ids as string[]).length === 0)
  if (open && everywhere && terms.benefit.kind !== 'bundle') {
    found.push({ code: 'everyone', severity: 'info', params: {} })
  }
  if (!who.ends_at && terms.sessions.length === 0) {
    found.push({ code: 'open_end', severity: 'warning', params: {} })
  } else if (who.starts_at && who.ends_at) {
    const days = Math.round((Date.parse(who.ends_at) - Date.parse(who.starts_at)) / DAY_MS)
    if (days > LONG_DAYS) found.push({ code: 'long', severity: 'info', params: { days } })
  }
  return found
}

import type { Schemas } from '@galleria/shared'
import { emptyScope } from './offerForm'
import type { Benefit, OfferTerms, Scope } from './terms'

type Raw = Schemas['OfferTerms']

const scopeOf = (scope: Schemas['Scope'] | null | undefined): Scope => ({
  ...emptyScope(),
  ...(scope as Partial<Scope> | null | undefined),
})

function benefitOf(raw: Raw['benefit']): Benefit {
  switch (raw.kind) {
    case 'percent':
      return { ...raw, cap_minor: raw.cap_minor ?? null }
    case 'tiers':
      return {
        ...raw,
        tiers: (raw.tiers as Schemas['Tier'][]).map((tier) => ({
          threshold: tier.threshold,
          amount_minor: tier.amount_minor ?? null,
          percent_bp: tier.percent_bp ?? null,
        })),
      }
    case 'set_price':
      return { ...raw, units_per_order: raw.units_per_order ?? null }
    case 'set':
      return { ...raw, order: raw.order ?? 'cheapest', times: raw.times ?? null }
    case 'bundle':
      return {
        ...raw,
        parts: (raw.parts as Schemas['BundlePart'][]).map(({ scope, quantity }) => ({
          scope: scopeOf(scope),
          quantity,
        })),
        times: raw.times ?? null,
      }
    case 'free_delivery':
      return { ...raw, cap_minor: raw.cap_minor ?? null }
    case 'gift':
      return { ...raw, choices: raw.choices as string[] }
    case 'add_on':
      return { ...raw, choices: raw.choices as Schemas['AddOnChoice'][] }
    default:
      return raw
  }
}

/** The terms of an offer with nothing left out: the API omits what stands at its default. */
export function wholeTerms(raw: Raw): OfferTerms {
  const who = raw.eligibility
  const limits = raw.limits
  return {
    preset: raw.preset,
    title_zh: raw.title_zh,
    title_en: raw.title_en,
    benefit: benefitOf(raw.benefit),
    stacking: {
      layer: raw.stacking.layer,
      group: raw.stacking.group ?? null,
      exclusive: raw.stacking.exclusive ?? false,
      joint: raw.stacking.joint ?? false,
      once: raw.stacking.once ?? false,
      priority: raw.stacking.priority ?? 0,
      base: raw.stacking.base ?? 'discounted',
    },
    shares: raw.shares as OfferTerms['shares'],
    counted: scopeOf(raw.counted),
    discounted: raw.discounted ? scopeOf(raw.discounted) : null,
    threshold_minor: raw.threshold_minor ?? 0,
    threshold_pieces: raw.threshold_pieces ?? 0,
    eligibility: {
      starts_at: who?.starts_at ?? null,
      ends_at: who?.ends_at ?? null,
      weekdays: who?.weekdays ?? [],
      month_days: who?.month_days ?? [],
      minutes: (who?.minutes ?? []) as [number, number][],
      channels: who?.channels ?? [],
      on_site: who?.on_site ?? false,
      members_only: who?.members_only ?? false,
      new_customer: who?.new_customer ?? false,
      first_order_in_shop: who?.first_order_in_shop ?? false,
      birthday: who?.birthday ?? null,
      tiers: who?.tiers ?? [],
    },
    limits: {
      per_order: limits?.per_order ?? null,
      per_member: limits?.per_member ?? null,
      per_member_day: limits?.per_member_day ?? null,
      per_household: limits?.per_household ?? null,
      per_day: limits?.per_day ?? null,
      total: limits?.total ?? null,
      budget_minor: limits?.budget_minor ?? null,
    },
    sessions: ((raw.sessions ?? []) as Schemas['SaleSession'][]).map((session) => ({
      id: session.id ?? null,
      starts_at: session.starts_at,
      ends_at: session.ends_at,
      stock: session.stock,
    })),
  }
}

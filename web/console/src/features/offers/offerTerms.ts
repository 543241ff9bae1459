import { instantOf, wallOf } from '../common/wallClock'
import { emptyOffer, emptyScope, type OfferForm, type ShareForm, type TierForm } from './offerForm'
import type { AddOnChoice, OfferTerms, Share, Tier } from './terms'

const MINUTES = 60

const basis = (percent: number | null) => Math.round((percent ?? 0) * 100)
const clock = (minute: number) =>
  [Math.floor(minute / MINUTES), minute % MINUTES]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * MINUTES + minutes
}

function tierTerms(tier: TierForm): Tier {
  const amount = tier.off === 'amount'
  return {
    threshold: tier.threshold ?? 0,
    amount_minor: amount ? tier.amount_minor : null,
    percent_bp: amount ? null : basis(tier.percent),
  }
}

function benefitOf(form: OfferForm): OfferTerms['benefit'] {
  switch (form.shape) {
    case 'amount':
      return { kind: 'amount', amount_minor: form.amount_minor ?? 0, repeat: form.repeat }
    case 'percent':
      return { kind: 'percent', percent_bp: basis(form.percent), cap_minor: form.cap_minor }
    case 'tiers':
      return { kind: 'tiers', by: form.by, tiers: form.tiers.map(tierTerms) }
    case 'price':
      return {
        kind: 'set_price',
        price_minor: form.price_minor ?? 0,
        units_per_order: form.units_per_order,
      }
    case 'set':
      return {
        kind: 'set',
        size: form.discounted ? (form.full ?? 1) : (form.full ?? 1) + (form.cheaper ?? 1),
        discounted: form.cheaper ?? 1,
        pay_bp: basis(form.pay_percent),
        order: form.order,
        overall: form.overall,
        same: form.same,
        times: form.times,
      }
    case 'bundle':
      return {
        kind: 'bundle',
        parts: form.parts.map(({ scope, quantity }) => ({ scope, quantity: quantity ?? 1 })),
        price_minor: form.price_minor ?? 0,
        times: form.times,
      }
    case 'gift':
      return {
        kind: 'gift',
        choices: form.choices.map((choice) => choice.variant_id),
        units: form.units ?? 1,
        repeat: form.repeat,
      }
    case 'add_on':
      return {
        kind: 'add_on',
        choices: form.choices.map(({ variant_id, price_minor }): AddOnChoice => ({
          variant_id,
          price_minor: price_minor ?? 0,
        })),
        units: form.units ?? 1,
      }
    case 'delivery':
      return { kind: 'free_delivery', cap_minor: form.cap_minor }
    case 'grant':
      return {
        kind: 'grant',
        coupon_id: form.coupon_id ?? '',
        quantity: form.quantity ?? 1,
        repeat: form.repeat,
      }
    case 'limit':
      return { kind: 'purchase_limit' }
  }
}

function shareTerms({ funder, funder_id, percent }: ShareForm): Share {
  return { funder, funder_id: funder === 'mall' ? null : funder_id, share_bp: basis(percent) }
}

/** The offer as the API takes it; gaps that the kind does not have are left out. */
export function termsOf(form: OfferForm, zone: string): OfferTerms {
  const instant = (wall: string) => (wall ? instantOf(wall, zone) : null)
  return {
    preset: form.preset,
    title_zh: form.title_zh.trim(),
    title_en: form.title_en.trim(),
    benefit: benefitOf(form),
    stacking: form.stacking,
    shares: form.shares.map(shareTerms),
    counted: form.counted,
    discounted: form.discounted,
    threshold_minor: form.threshold_minor ?? 0,
    threshold_pieces: form.threshold_pieces ?? 0,
    eligibility: {
      starts_at: instant(form.starts_at),
      ends_at: instant(form.ends_at),
      weekdays: form.weekdays,
      month_days: form.month_days,
      minutes: form.hours.map(({ from, to }) => [minuteOf(from), minuteOf(to) || 24 * MINUTES]),
      channels: form.channels,
      on_site: form.on_site,
      members_only: form.audience.includes('members_only'),
      new_customer: form.audience.includes('new_customer'),
      first_order_in_shop: form.audience.includes('first_order_in_shop'),
      birthday: form.birthday,
      tiers: form.member_tiers,
    },
    limits: form.limits,
    sessions: form.sessions.map(({ id, starts_at, ends_at, stock }) => ({
      id,
      starts_at: instantOf(starts_at, zone),
      ends_at: instantOf(ends_at, zone),
      stock: stock ?? 0,
    })),
  }
}

const percentOf = (bp: number | null) => (bp === null ? null : bp / 100)

function shapeFields(benefit: OfferTerms['benefit'], ownGoods: boolean): Partial<OfferForm> {
  switch (benefit.kind) {
    case 'amount':
      return { shape: 'amount', amount_minor: benefit.amount_minor, repeat: benefit.repeat }
    case 'percent':
      return {
        shape: 'percent',
        percent: percentOf(benefit.percent_bp),
        cap_minor: benefit.cap_minor,
      }
    case 'tiers':
      return {
        shape: 'tiers',
        by: benefit.by,
        tiers: benefit.tiers.map(({ threshold, amount_minor, percent_bp }) => ({
          threshold,
          off: percent_bp === null ? 'amount' : 'percent',
          amount_minor,
          percent: percentOf(percent_bp),
        })),
      }
    case 'set_price':
      return {
        shape: 'price',
        price_minor: benefit.price_minor,
        units_per_order: benefit.units_per_order,
      }
    case 'set':
      return {
        shape: 'set',
        full: ownGoods ? benefit.size : benefit.size - benefit.discounted,
        cheaper: benefit.discounted,
        pay_percent: percentOf(benefit.pay_bp),
        order: benefit.order,
        overall: benefit.overall,
        same: benefit.same,
        times: benefit.times,
      }
    case 'bundle':
      return {
        shape: 'bundle',
        parts: benefit.parts.map(({ scope, quantity }) => ({
          scope: { ...emptyScope(), ...scope },
          quantity,
        })),
        price_minor: benefit.price_minor,
        times: benefit.times,
      }
    case 'gift':
      return {
        shape: 'gift',
        choices: benefit.choices.map((variant_id) => ({ variant_id, price_minor: null })),
        units: benefit.units,
        repeat: benefit.repeat,
      }
    case 'add_on':
      return { shape: 'add_on', choices: [...benefit.choices], units: benefit.units }
    case 'free_delivery':
      return { shape: 'delivery', cap_minor: benefit.cap_minor }
    case 'grant':
      return {
        shape: 'grant',
        coupon_id: benefit.coupon_id,
        quantity: benefit.quantity,
        repeat: benefit.repeat,
      }
    case 'purchase_limit':
    case 'exchange':
      return { shape: 'limit' }
  }
}

export function formOfOffer(terms: OfferTerms, zone: string): OfferForm {
  const { eligibility: who } = terms
  const wall = (instant: string | null) => (instant ? wallOf(instant, zone) : '')
  const audience = (['members_only', 'new_customer', 'first_order_in_shop'] as const).filter(
    (name) => who[name],
  )
  return {
    ...emptyOffer(terms.preset, 0, zone, null),
    title_zh: terms.title_zh,
    title_en: terms.title_en,
    counted: { ...emptyScope(), ...terms.counted },
    discounted: terms.discounted && { ...emptyScope(), ...terms.discounted },
    threshold_minor: terms.threshold_minor || null,
    threshold_pieces: terms.threshold_pieces || null,
    ...shapeFields(terms.benefit, terms.discounted !== null),
    starts_at: wall(who.starts_at),
    ends_at: wall(who.ends_at),
    sessions: terms.sessions.map((session) => ({
      id: session.id,
      key: session.id ?? session.starts_at,
      stock: session.stock,
      starts_at: wall(session.starts_at),
      ends_at: wall(session.ends_at),
    })),
    weekdays: [...who.weekdays],
    month_days: [...who.month_days],
    hours: who.minutes.map(([from, to]) => ({ from: clock(from), to: clock(to % 1440) })),
    audience,
    birthday: who.birthday,
    member_tiers: [...who.tiers],
    channels: [...who.channels],
    on_site: who.on_site,
    limits: { ...terms.limits },
    stacking: { ...terms.stacking },
    shares: terms.shares.map(({ funder, funder_id, share_bp }) => ({
      funder,
      funder_id,
      percent: share_bp / 100,
    })),
  }
}

/** What is missing before it makes sense to ask the server: field to message key. */
export function missingInOffer(form: OfferForm): Record<string, string> {
  const missing: Record<string, string> = {}
  const want = (field: string, present: unknown) => {
    if (!present) missing[field] = 'desk.required'
  }
  want('title_zh', form.title_zh.trim())
  want('title_en', form.title_en.trim())
  if (form.shape === 'amount') want('amount_minor', form.amount_minor)
  if (form.shape === 'percent') want('percent_bp', form.percent)
  if (form.shape === 'price' || form.shape === 'bundle') want('price_minor', form.price_minor)
  if (form.shape === 'gift' || form.shape === 'add_on') want('choices', form.choices.length)
  if (form.shape === 'grant') want('coupon_id', form.coupon_id)
  if (form.shape === 'tiers') {
    want(
      'tiers',
      form.tiers.length > 0 &&
        form.tiers.every((tier) => tier.threshold && (tier.amount_minor || tier.percent)),
    )
  }
  if (form.preset === 'flash_sale') want('sessions', form.sessions.length)
  if (form.shares.some((share) => share.funder === 'sponsor' && !share.funder_id)) {
    missing.shares = 'offers.wrong.sponsor'
  } else if (sharedPercent(form.shares) !== 100) {
    missing.shares = 'offers.wrong.shares'
  }
  return missing
}

export function sharedPercent(shares: readonly ShareForm[]): number {
  return Math.round(shares.reduce((sum, share) => sum + (share.percent ?? 0), 0) * 100) / 100
}

import { fromOf, goodsOf, joined, listed, NAMED_MOST, type Say } from './saying'
import type { Benefit, Eligibility, Limits, OfferTerms, Share } from './terms'

const MINUTES = 60

/** The reading in parts, so that a screen may set them apart. */
export interface Reading {
  what: string
  when: string
  who: string
  limits: string
  paid: string
}

function capped(words: string, cap: number | null, say: Say): string {
  return cap ? say.t('offerSay.capped', { words, money: say.money(cap) }) : words
}

function tiersOf(benefit: Extract<Benefit, { kind: 'tiers' }>, say: Say): string {
  const steps = benefit.tiers.map(({ threshold, amount_minor, percent_bp }) =>
    say.t('offerSay.tier', {
      from:
        benefit.by === 'money'
          ? say.money(threshold)
          : say.t('offerSay.pieces', { n: say.number(threshold) }),
      off: percent_bp ? say.ratio(percent_bp) : say.money(amount_minor ?? 0),
    }),
  )
  return joined(steps, say)
}

function setOf(benefit: Extract<Benefit, { kind: 'set' }>, terms: OfferTerms, say: Say): string {
  const goods = goodsOf(terms.counted, say)
  const same = benefit.same ? say.t('offerSay.set.same') : ''
  const times = benefit.times ? say.t('offerSay.set.times', { n: say.number(benefit.times) }) : ''
  const own = terms.discounted ? goodsOf(terms.discounted, say) : ''
  const full = terms.discounted ? benefit.size : benefit.size - benefit.discounted
  const named = {
    goods,
    full: say.number(full),
    free: say.number(benefit.discounted),
    size: say.number(benefit.size),
    pay: say.pay(benefit.pay_bp),
    own,
  }
  const key = own ? 'own' : benefit.pay_bp === 0 ? 'free' : full === 1 ? 'nth' : 'some'
  const free = benefit.pay_bp === 0 && own ? 'ownFree' : key
  const which = !own && benefit.order === 'dearest' ? say.t('offerSay.set.dearest') : ''
  return joined([say.t(`offerSay.set.${free}`, named), which, same, times], say)
}

/** What comes off, without time and people: the headline of an offer. */
export function benefitOf(terms: OfferTerms, say: Say): string {
  const { benefit } = terms
  const goods = goodsOf(terms.discounted ?? terms.counted, say)
  const from = fromOf(terms, 'repeat' in benefit && benefit.repeat, say)
  const on = (words: string) =>
    from ? say.t('offerSay.on', { goods, from, words }) : say.t('offerSay.onAny', { goods, words })
  switch (benefit.kind) {
    case 'amount':
      return on(say.t('offerSay.amount', { money: say.money(benefit.amount_minor) }))
    case 'percent': {
      const off = say.t('offerSay.percent', { off: say.ratio(benefit.percent_bp) })
      return on(capped(off, benefit.cap_minor, say))
    }
    case 'tiers':
      return on(tiersOf(benefit, say))
    case 'set_price': {
      const price = say.t('offerSay.price', { price: say.money(benefit.price_minor) })
      const most = benefit.units_per_order
        ? say.t('offerSay.unitsMost', { n: say.number(benefit.units_per_order) })
        : ''
      return on(joined([price, most], say))
    }
    case 'set':
      return setOf(benefit, terms, say)
    case 'bundle':
      return say.t('offerSay.bundle', {
        parts: benefit.parts
          .map(({ scope, quantity }) =>
            say.t('offerSay.part', { n: say.number(quantity), goods: goodsOf(scope, say) }),
          )
          .join(say.t('offerSay.plus')),
        price: say.money(benefit.price_minor),
      })
    case 'gift':
      return on(
        say.t(benefit.choices.length > 1 ? 'offerSay.giftOf' : 'offerSay.gift', {
          n: say.number(benefit.units),
          goods: listed(benefit.choices, 'variant', say),
        }),
      )
    case 'add_on':
      return on(
        say.t('offerSay.addOn', {
          n: say.number(benefit.units),
          goods: joined(
            benefit.choices.slice(0, NAMED_MOST).map(({ variant_id, price_minor }) =>
              say.t('offerSay.addOnChoice', {
                goods: say.name('variant', variant_id) || say.t('offerSay.something'),
                price: say.money(price_minor),
              }),
            ),
            say,
          ),
        }),
      )
    case 'exchange':
      return on(
        say.t('offerSay.exchange', {
          n: say.number(benefit.units),
          price: say.money(benefit.pay_minor),
        }),
      )
    case 'free_delivery':
      return on(capped(say.t('offerSay.delivery'), benefit.cap_minor, say))
    case 'grant':
      return on(
        say.t('offerSay.grant', {
          n: say.number(benefit.quantity),
          coupon: say.name('coupon', benefit.coupon_id) || say.t('offerSay.someCoupon'),
        }),
      )
    case 'purchase_limit':
      return say.t('offerSay.limitOnly', { goods })
  }
}

function clock(minute: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(Math.floor(minute / MINUTES))}:${two(minute % MINUTES)}`
}

export function whenOf(who: Eligibility, sessions: number, say: Say): string {
  const span = (() => {
    if (who.starts_at && who.ends_at) {
      return say.t('offerSay.when.between', {
        from: say.at(who.starts_at),
        to: say.at(who.ends_at),
      })
    }
    if (who.starts_at) return say.t('offerSay.when.since', { from: say.at(who.starts_at) })
    if (who.ends_at) return say.t('offerSay.when.until', { to: say.at(who.ends_at) })
    return say.t('offerSay.when.always')
  })()
  const days = who.weekdays.length ? joined(who.weekdays.map(say.weekday), say) : ''
  const dates = who.month_days.length
    ? say.t('offerSay.when.dates', { days: joined(who.month_days.map(say.number), say) })
    : ''
  const hours = joined(
    who.minutes.map(([from, to]) => `${clock(from)}–${clock(to)}`),
    say,
  )
  const rounds = sessions ? say.t('offerSay.when.sessions', { n: say.number(sessions) }) : ''
  return joined([span, days, dates, hours, rounds], say)
}

export function whoOf(who: Eligibility, say: Say): string {
  const people = [
    who.members_only ? say.t('offerSay.who.members') : '',
    who.new_customer ? say.t('offerSay.who.new') : '',
    who.first_order_in_shop ? say.t('offerSay.who.first') : '',
    who.birthday ? say.t(`offerSay.who.birthday.${who.birthday}`) : '',
    who.tiers.length
      ? say.t('offerSay.who.tiers', {
          tiers: joined(
            who.tiers.map((t) => tierName(t, say)),
            say,
          ),
        })
      : '',
    who.on_site ? say.t('offerSay.who.onSite') : '',
    who.channels.length
      ? say.t('offerSay.who.channels', {
          channels: joined(
            who.channels.map((one) => say.t(`offerSay.channel.${one}`)),
            say,
          ),
        })
      : '',
  ].filter(Boolean)
  return people.length ? say.t('offerSay.who.for', { people: joined(people, say) }) : ''
}

const TIERS = ['silver', 'gold', 'platinum', 'diamond']

export function tierName(tier: string, say: Pick<Say, 't'>): string {
  return TIERS.includes(tier) ? say.t(`offerSay.tierName.${tier}`) : tier
}

export function limitsOf(limits: Limits, say: Say): string {
  const counts = (
    ['per_order', 'per_member', 'per_member_day', 'per_household', 'per_day', 'total'] as const
  ).map((name) => {
    const value = limits[name]
    return value ? say.t(`offerSay.limit.${name}`, { n: say.number(value) }) : ''
  })
  const budget = limits.budget_minor
    ? say.t('offerSay.limit.budget', { money: say.money(limits.budget_minor) })
    : ''
  return joined([...counts, budget], say)
}

/** Who bears the cost: "the mall 50%, the merchant 50%". */
export function paidOf(shares: readonly Share[], say: Say): string {
  const parts = shares.map(({ funder, funder_id, share_bp }) => {
    const named = funder_id
      ? say.name(funder === 'sponsor' ? 'sponsor' : 'merchant', funder_id)
      : ''
    const who = named || say.t(`offerSay.funder.${funder}`)
    return shares.length > 1 ? say.t('offerSay.bears', { who, share: say.ratio(share_bp) }) : who
  })
  return say.t('offerSay.paid', { who: joined(parts, say) })
}

export function readingOf(terms: OfferTerms, say: Say): Reading {
  return {
    what: benefitOf(terms, say),
    when: whenOf(terms.eligibility, terms.sessions.length, say),
    who: whoOf(terms.eligibility, say),
    limits: limitsOf(terms.limits, say),
    paid: paidOf(terms.shares, say),
  }
}

/** The whole offer as one would tell it to a colleague. */
export function sentencesOf(reading: Reading, say: Pick<Say, 't'>): string {
  const stop = say.t('offerSay.stop')
  const { what, when, who, limits, paid } = reading
  return [what, [when, who].filter(Boolean).join(say.t('offerSay.comma')), limits, paid]
    .filter(Boolean)
    .map((part) => part + stop)
    .join('')
    .trim()
}

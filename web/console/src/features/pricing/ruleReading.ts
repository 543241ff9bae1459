import type { Say } from '../offers/saying'
import type { Terms } from './ruleForm'

const NAMED_MOST = 3

function goods(terms: Terms, say: Say): string {
  const scope = terms.scope ?? 'shop'
  const ids = terms.target_ids ?? []
  const place = terms.shop_id ? say.name('shop', terms.shop_id) : ''
  if (scope === 'shop') {
    return place ? say.t('offerSay.goods.place', { place }) : say.t('offerSay.goods.all')
  }
  const names = ids
    .slice(0, NAMED_MOST)
    .map((id) => say.name(scope, id))
    .filter(Boolean)
  const rest = ids.length - names.length
  const joined = names.join(say.t('offerSay.comma'))
  const things =
    names.length === 0
      ? say.t(`offerSay.count.${scope}`, { n: say.number(ids.length) })
      : rest > 0
        ? say.t('offerSay.more', { names: joined, n: say.number(rest) })
        : joined
  return place ? say.t('offerSay.goods.in', { goods: things, place }) : things
}

/** A price rule in plain words. */
export function ruleReading(terms: Terms, say: Say): string {
  const what =
    (terms.kind ?? 'percent_off_store') === 'percent_off_store'
      ? say.t('pricing.say.percent', { off: say.ratio(terms.percent_bp ?? 0) })
      : say.t('pricing.say.price', { price: say.money(terms.price_minor ?? 0) })
  return say.t('pricing.say.rule', { goods: goods(terms, say), what })
}

export function periodReading(terms: Terms, say: Say): string {
  const { starts_at: from, ends_at: to } = terms
  if (from && to) return say.t('offerSay.when.between', { from: say.at(from), to: say.at(to) })
  if (from) return say.t('offerSay.when.since', { from: say.at(from) })
  if (to) return say.t('offerSay.when.until', { to: say.at(to) })
  return say.t('offerSay.when.always')
}

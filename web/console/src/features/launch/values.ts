import type { NamedKind, Say } from '../offers/saying'

/** What a change shows of a value: people read amounts, shares and names, not fields of JSON. */
export function readableValue(path: string, value: unknown, say: Say): string {
  if (value === null || value === undefined || value === '') return '—'
  if (Array.isArray(value)) {
    return value.length ? value.map((one) => readableValue(path, one, say)).join(' · ') : '—'
  }
  if (typeof value === 'boolean') return say.t(value ? 'changes.yes' : 'changes.no')
  const field = fieldOf(path)
  if (typeof value === 'number') {
    if (field.endsWith('_minor')) return say.money(value)
    if (field.endsWith('_bp')) return say.ratio(value)
    return say.number(value)
  }
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, one]) => one !== null && !(Array.isArray(one) && one.length === 0))
      .map(([name, one]) => readableValue(name, one, say))
      .join(' ')
  }
  if (typeof value === 'string') {
    const kind = kindOf(field)
    if (kind) return say.name(kind, value) || value
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return say.at(value)
    return value
  }
  return String(value)
}

/** The last name in a path: `benefit.tiers[1].amount_minor` is `amount_minor`. */
export function fieldOf(path: string): string {
  const names = path
    .replace(/\[?\d+\]?/g, '')
    .split('.')
    .filter(Boolean)
  return names.at(-1) ?? path
}

const KINDS: Record<string, NamedKind> = {
  shop_ids: 'shop',
  shop_id: 'shop',
  merchant_ids: 'merchant',
  funder_id: 'merchant',
  funder_merchant_id: 'merchant',
  category_ids: 'category',
  product_ids: 'product',
  except_product_ids: 'product',
  variant_ids: 'variant',
  variant_id: 'variant',
  choices: 'variant',
  coupon_id: 'coupon',
}

function kindOf(field: string): NamedKind | undefined {
  return KINDS[field]
}

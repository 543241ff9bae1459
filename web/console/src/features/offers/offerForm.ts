import { wallOf } from '../common/wallClock'
import { PRESETS, type Shape } from './presets'
import type { Funder, Limits, Preset, Scope, Stacking } from './terms'

export type Audience = 'members_only' | 'new_customer' | 'first_order_in_shop'

export interface TierForm {
  threshold: number | null
  off: 'amount' | 'percent'
  amount_minor: number | null
  percent: number | null
}

export interface SessionForm {
  /** What tells the rows apart before the server has named them. */
  key: string
  id: string | null
  starts_at: string
  ends_at: string
  stock: number | null
}

export interface ShareForm {
  funder: Funder
  funder_id: string | null
  percent: number | null
}

export interface ChoiceForm {
  variant_id: string
  price_minor: number | null
}

/** An offer while it is written: times on the mall's clock, shares as people say them, one field for each gap. */
export interface OfferForm {
  preset: Preset
  shape: Shape
  title_zh: string
  title_en: string
  counted: Scope
  discounted: Scope | null
  threshold_minor: number | null
  threshold_pieces: number | null
  amount_minor: number | null
  percent: number | null
  cap_minor: number | null
  repeat: boolean
  by: 'money' | 'pieces'
  tiers: TierForm[]
  price_minor: number | null
  units_per_order: number | null
  /** How many are paid in full in each set, and how many are cheaper. */
  full: number | null
  cheaper: number | null
  pay_percent: number | null
  order: 'cheapest' | 'dearest'
  overall: boolean
  same: boolean
  times: number | null
  parts: { scope: Scope; quantity: number | null }[]
  choices: ChoiceForm[]
  units: number | null
  coupon_id: string | null
  quantity: number | null
  starts_at: string
  ends_at: string
  sessions: SessionForm[]
  weekdays: number[]
  month_days: number[]
  hours: { from: string; to: string }[]
  audience: Audience[]
  birthday: 'day' | 'week' | 'month' | null
  member_tiers: string[]
  channels: string[]
  on_site: boolean
  limits: Limits
  stacking: Stacking
  shares: ShareForm[]
}

const DAY_MS = 86_400_000

export function emptyScope(): Scope {
  return {
    shop_ids: [],
    merchant_ids: [],
    category_ids: [],
    product_ids: [],
    variant_ids: [],
    except_product_ids: [],
  }
}

function dayAt(now: number, days: number, zone: string): string {
  return `${wallOf(new Date(now + days * DAY_MS).toISOString(), zone).slice(0, 10)} 00:00:00`
}

export function stackingOf(preset: Preset): Stacking {
  const layer = PRESETS[preset].layer
  return {
    layer,
    group: null,
    exclusive: false,
    joint: false,
    once: preset === 'flash_sale' || preset === 'one_yuan',
    priority: 0,
    base: 'discounted',
  }
}

const NO_LIMITS: Limits = {
  per_order: null,
  per_member: null,
  per_member_day: null,
  per_household: null,
  per_day: null,
  total: null,
  budget_minor: null,
}

/** What differs from the common beginning, so that every preset starts as something one would launch. */
function startOf(preset: Preset): Partial<OfferForm> {
  const limits = (some: Partial<Limits>) => ({ limits: { ...NO_LIMITS, ...some } })
  switch (preset) {
    case 'one_yuan':
      return { price_minor: 100, units_per_order: 1, ...limits({ per_member: 1, total: 100 }) }
    case 'flash_sale':
      return { units_per_order: 1, ...limits({ per_member: 2 }) }
    case 'buy_n_get_m':
      return { full: 2, cheaper: 1, pay_percent: 0 }
    case 'spend_and_save':
      return { tiers: [tierOf(20_000, 2_000), tierOf(40_000, 5_000)] }
    case 'gift':
    case 'add_on':
    case 'coupon_for_later':
      return { threshold_minor: 10_000, ...limits(preset === 'gift' ? { total: 100 } : {}) }
    case 'free_delivery':
      return { threshold_minor: 5_900, cap_minor: null }
    case 'new_customer':
      return { audience: ['new_customer'], amount_minor: 1_000, ...limits({ per_member: 1 }) }
    case 'first_order':
      return { audience: ['first_order_in_shop'], amount_minor: 1_000 }
    case 'birthday':
      return { birthday: 'week', ...limits({ per_member: 1 }) }
    case 'tier_price':
      return { member_tiers: ['gold'], percent: 5 }
    case 'member_day':
      return { audience: ['members_only'], month_days: [8] }
    case 'purchase_limit':
      return limits({ per_member: 2 })
    case 'amount_off':
      return { threshold_minor: 10_000, amount_minor: 1_000 }
    default:
      return {}
  }
}

function tierOf(threshold: number, amount_minor: number): TierForm {
  return { threshold, off: 'amount', amount_minor, percent: null }
}

/** A draft that is already sensible: two weeks from tomorrow, paid for by whoever writes it. */
export function emptyOffer(
  preset: Preset,
  now: number,
  zone: string,
  merchantId: string | null,
): OfferForm {
  const funder: Funder = merchantId ? 'merchant' : 'mall'
  return {
    preset,
    shape: PRESETS[preset].shapes[0],
    title_zh: '',
    title_en: '',
    counted: { ...emptyScope(), merchant_ids: merchantId ? [merchantId] : [] },
    discounted: null,
    threshold_minor: null,
    threshold_pieces: null,
    amount_minor: null,
    percent: 10,
    cap_minor: null,
    repeat: false,
    by: 'money',
    tiers: [tierOf(20_000, 2_000)],
    price_minor: null,
    units_per_order: null,
    full: 1,
    cheaper: 1,
    pay_percent: 50,
    order: 'cheapest',
    overall: false,
    same: false,
    times: null,
    parts: [
      { scope: emptyScope(), quantity: 1 },
      { scope: emptyScope(), quantity: 1 },
    ],
    choices: [],
    units: 1,
    coupon_id: null,
    quantity: 1,
    starts_at: dayAt(now, 1, zone),
    ends_at: dayAt(now, 15, zone),
    sessions:
      preset === 'flash_sale'
        ? [sessionOn(dayAt(now, 1, zone).slice(0, 10), '10:00:00', '12:00:00')]
        : [],
    weekdays: [],
    month_days: [],
    hours: [],
    audience: [],
    birthday: null,
    member_tiers: [],
    channels: [],
    on_site: false,
    limits: { ...NO_LIMITS },
    stacking: stackingOf(preset),
    shares: [{ funder, funder_id: merchantId, percent: 100 }],
    ...startOf(preset),
  }
}

let sessions = 0

export function newSession(): Pick<SessionForm, 'key' | 'id'> {
  sessions += 1
  return { key: `new-${sessions}`, id: null }
}

export function sessionOn(day: string, from: string, to: string): SessionForm {
  return {
    ...newSession(),
    starts_at: `${day} ${from}`,
    ends_at: `${day} ${to}`,
    stock: 50,
  }
}

/** The same offer as another kind: what was said of goods, time and people stays. */
export function asPreset(form: OfferForm, preset: Preset, now: number, zone: string): OfferForm {
  const fresh = emptyOffer(preset, now, zone, null)
  const { title_zh, title_en, counted, starts_at, ends_at, shares } = form
  return { ...fresh, title_zh, title_en, counted, starts_at, ends_at, shares }
}

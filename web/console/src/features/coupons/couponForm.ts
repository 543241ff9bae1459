import type { Schemas } from '@galleria/shared'
import { instantOf, wallOf } from '../common/wallClock'
import type { Stacking } from '../offers/terms'

export type Way = Schemas['Coupon']['issue_by'][number]

export interface FunderForm {
  funder: 'mall' | 'merchant' | 'sponsor'
  funder_id: string | null
  percent: number | null
}

/** A coupon while it is written: times on the mall's clock, the per cent as people say it. */
export interface CouponForm {
  title_zh: string
  title_en: string
  kind: Schemas['CouponKind']
  amount_minor: number | null
  percent: number | null
  cap_minor: number | null
  threshold_minor: number | null
  claim_from: string
  claim_until: string
  use_from: string
  use_until: string
  total: number | null
  per_member: number | null
  points_price: number | null
  funder: 'mall' | 'merchant'
  funder_merchant_id: string | null
  shop_ids: string[]
  category_ids: string[]
  product_ids: string[]
  pay_minor: number | null
  units: number | null
  valid_days: number | null
  daily_total: number | null
  budget_minor: number | null
  per_member_day: number | null
  per_device: number | null
  per_household: number | null
  per_shop: number | null
  issue_by: Way[]
  gate: string | null
  funders: FunderForm[]
  stacking: Stacking | null
  new_customer: boolean
  birthday: 'day' | 'week' | 'month' | null
  tiers: string[]
  conditions: Schemas['Conditions']
  transferable: boolean
  return_policy: Schemas['ReturnPolicy']
  return_days: number | null
  remind_hours: number | null
}

export const NO_CONDITIONS: Schemas['Conditions'] = {
  weekdays: [],
  month_days: [],
  minutes: [],
  channels: [],
  on_site: false,
  first_order_in_shop: false,
}

const DAY_MS = 86_400_000

function midnight(now: number, days: number, zone: string): string {
  return `${wallOf(new Date(now + days * DAY_MS).toISOString(), zone).slice(0, 10)} 00:00:00`
}

/** A draft that is already sensible: a month to claim and use, from tomorrow on. */
export function emptyCoupon(now: number, zone: string, merchantId: string | null): CouponForm {
  return {
    title_zh: '',
    title_en: '',
    kind: 'amount',
    amount_minor: 2000,
    percent: null,
    cap_minor: null,
    threshold_minor: 10_000,
    claim_from: midnight(now, 1, zone),
    claim_until: midnight(now, 15, zone),
    use_from: midnight(now, 1, zone),
    use_until: midnight(now, 31, zone),
    total: 1000,
    per_member: 1,
    points_price: 0,
    funder: merchantId ? 'merchant' : 'mall',
    funder_merchant_id: merchantId,
    shop_ids: [],
    category_ids: [],
    product_ids: [],
    pay_minor: null,
    units: 1,
    valid_days: null,
    daily_total: null,
    budget_minor: null,
    per_member_day: null,
    per_device: null,
    per_household: null,
    per_shop: null,
    issue_by: ['claim'],
    gate: null,
    funders: [],
    stacking: null,
    new_customer: false,
    birthday: null,
    tiers: [],
    conditions: { ...NO_CONDITIONS },
    transferable: false,
    return_policy: 'return',
    return_days: null,
    remind_hours: 24,
  }
}

type Stored = Schemas['Coupon'] | Schemas['CouponInput']

export function formOfCoupon(coupon: Stored, zone: string): CouponForm {
  const shares = (coupon.funders ?? []) as Schemas['Share'][]
  return {
    title_zh: coupon.title_zh,
    title_en: coupon.title_en,
    kind: coupon.kind,
    amount_minor: coupon.amount_minor ?? null,
    percent: coupon.percent_bp == null ? null : coupon.percent_bp / 100,
    cap_minor: coupon.cap_minor ?? null,
    threshold_minor: coupon.threshold_minor ?? 0,
    claim_from: wallOf(coupon.claim_from, zone),
    claim_until: wallOf(coupon.claim_until, zone),
    use_from: wallOf(coupon.use_from, zone),
    use_until: wallOf(coupon.use_until, zone),
    total: coupon.total,
    per_member: coupon.per_member ?? 1,
    points_price: coupon.points_price ?? 0,
    funder: coupon.funder,
    funder_merchant_id: coupon.funder_merchant_id ?? null,
    shop_ids: [...(coupon.shop_ids ?? [])],
    category_ids: [...(coupon.category_ids ?? [])],
    product_ids: [...(coupon.product_ids ?? [])],
    pay_minor: coupon.pay_minor ?? null,
    units: coupon.units ?? null,
    valid_days: coupon.valid_days ?? null,
    daily_total: coupon.daily_total ?? null,
    budget_minor: coupon.budget_minor ?? null,
    per_member_day: coupon.per_member_day ?? null,
    per_device: coupon.per_device ?? null,
    per_household: coupon.per_household ?? null,
    per_shop: coupon.per_shop ?? null,
    issue_by: [...((coupon.issue_by ?? ['claim']) as Way[])],
    gate: coupon.gate ?? null,
    funders: shares.map(({ funder, funder_id, share_bp }) => ({
      funder,
      funder_id,
      percent: share_bp / 100,
    })),
    stacking: (coupon.stacking as Stacking | null | undefined) ?? null,
    new_customer: coupon.audience?.new_customer ?? false,
    birthday: coupon.audience?.birthday ?? null,
    tiers: [...((coupon.audience?.tiers ?? []) as string[])],
    conditions: { ...NO_CONDITIONS, ...coupon.conditions },
    transferable: coupon.transferable ?? false,
    return_policy: coupon.return_policy ?? 'return',
    return_days: coupon.return_days ?? null,
    remind_hours: coupon.remind_hours ?? null,
  }
}

/** The coupon as the API takes it; what belongs to the other kind or payer is left empty. */
export function inputOf(form: CouponForm, zone: string): Schemas['CouponInput'] {
  const amount = form.kind === 'amount'
  const percent = form.kind === 'percent'
  const exchange = form.kind === 'exchange'
  return {
    title_zh: form.title_zh.trim(),
    title_en: form.title_en.trim(),
    kind: form.kind,
    amount_minor: amount ? form.amount_minor : null,
    percent_bp: percent && form.percent !== null ? Math.round(form.percent * 100) : null,
    cap_minor: percent || form.kind === 'free_delivery' ? form.cap_minor : null,
    pay_minor: exchange ? (form.pay_minor ?? 0) : null,
    units: exchange ? form.units : null,
    threshold_minor: form.threshold_minor ?? 0,
    claim_from: instantOf(form.claim_from, zone),
    claim_until: instantOf(form.claim_until, zone),
    use_from: instantOf(form.use_from, zone),
    use_until: instantOf(form.use_until, zone),
    total: form.total ?? 0,
    per_member: form.per_member ?? 1,
    points_price: form.points_price ?? 0,
    funder: form.funder,
    funder_merchant_id: form.funder === 'merchant' ? form.funder_merchant_id : null,
    shop_ids: form.shop_ids,
    category_ids: form.category_ids,
    product_ids: form.product_ids,
    valid_days: form.valid_days,
    daily_total: form.daily_total,
    budget_minor: form.budget_minor,
    per_member_day: form.per_member_day,
    per_device: form.per_device,
    per_household: form.per_household,
    per_shop: form.per_shop,
    issue_by: form.issue_by,
    gate: form.gate,
    funders: form.funders.map(({ funder, funder_id, percent: share }) => ({
      funder,
      funder_id: funder === 'mall' ? null : funder_id,
      share_bp: Math.round((share ?? 0) * 100),
    })),
    stacking: form.stacking,
    audience: { new_customer: form.new_customer, birthday: form.birthday, tiers: form.tiers },
    conditions: form.conditions,
    transferable: form.transferable,
    return_policy: form.return_policy,
    return_days: form.return_policy === 'extend' ? form.return_days : null,
    remind_hours: form.remind_hours,
  }
}

/** What is missing before it makes sense to ask: field to message key. */
export function missingInCoupon(form: CouponForm): Record<string, string> {
  const missing: Record<string, string> = {}
  for (const field of ['title_zh', 'title_en'] as const) {
    if (!form[field].trim()) missing[field] = 'desk.required'
  }
  for (const field of ['claim_from', 'claim_until', 'use_from', 'use_until'] as const) {
    if (!form[field]) missing[field] = 'desk.required'
  }
  if (!form.total) missing.total = 'desk.required'
  if (form.kind === 'amount' && !form.amount_minor) missing.amount_minor = 'desk.required'
  if (form.kind === 'percent' && !form.percent) missing.percent_bp = 'desk.required'
  if (form.issue_by.length === 0) missing.issue_by = 'desk.required'
  if (form.funder === 'merchant' && !form.funder_merchant_id) {
    missing.funder_merchant_id = 'desk.required'
  }
  return missing
}

export type Phase = 'draft' | 'pending' | 'soon' | 'live' | 'over' | 'paused' | 'ended'

/** Where a coupon stands: a draft may wait for a second person, a live one not have begun, or be past claiming. */
export function phaseOf(
  coupon: Pick<Schemas['Coupon'], 'state' | 'claim_from' | 'claim_until'>,
  now: number,
  waits = false,
): Phase {
  if (coupon.state === 'draft' && waits) return 'pending'
  if (coupon.state !== 'live') return coupon.state
  if (now < Date.parse(coupon.claim_from)) return 'soon'
  return now < Date.parse(coupon.claim_until) ? 'live' : 'over'
}

import type { Schemas } from '@galleria/shared'
import { instantOf, wallOf } from '../common/wallClock'

/** A coupon while it is written: times on the mall's clock, the per cent as people say it. */
export interface CouponForm {
  title_zh: string
  title_en: string
  kind: Schemas['OfferKind']
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
  funder: Schemas['Funder']
  funder_merchant_id: string | null
  shop_ids: string[]
  category_ids: string[]
}

const DAY_MS = 86_400_000
const GROWING = ['total', 'claim_until', 'use_until'] as const

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
  }
}

export function formOfCoupon(coupon: Schemas['Coupon'], zone: string): CouponForm {
  return {
    title_zh: coupon.title_zh,
    title_en: coupon.title_en,
    kind: coupon.kind,
    amount_minor: coupon.amount_minor,
    percent: coupon.percent_bp === null ? null : coupon.percent_bp / 100,
    cap_minor: coupon.cap_minor,
    threshold_minor: coupon.threshold_minor,
    claim_from: wallOf(coupon.claim_from, zone),
    claim_until: wallOf(coupon.claim_until, zone),
    use_from: wallOf(coupon.use_from, zone),
    use_until: wallOf(coupon.use_until, zone),
    total: coupon.total,
    per_member: coupon.per_member,
    points_price: coupon.points_price,
    funder: coupon.funder,
    funder_merchant_id: coupon.funder_merchant_id,
    shop_ids: [...coupon.shop_ids],
    category_ids: [...coupon.category_ids],
  }
}

/** The coupon as the API takes it; what belongs to the other kind or payer is left empty. */
export function inputOf(form: CouponForm, zone: string): Schemas['CouponInput'] {
  const amount = form.kind === 'amount'
  return {
    title_zh: form.title_zh.trim(),
    title_en: form.title_en.trim(),
    kind: form.kind,
    amount_minor: amount ? form.amount_minor : null,
    percent_bp: amount || form.percent === null ? null : Math.round(form.percent * 100),
    cap_minor: amount ? null : form.cap_minor,
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
  }
}

/** Of a published coupon only what may still grow is sent. */
export function changeOf(input: Schemas['CouponInput'], state: Schemas['CouponState']) {
  if (state === 'draft') return input
  return Object.fromEntries(GROWING.map((field) => [field, input[field]]))
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
  if (form.funder === 'merchant' && !form.funder_merchant_id) {
    missing.funder_merchant_id = 'desk.required'
  }
  return missing
}

export type Phase = 'draft' | 'soon' | 'live' | 'over' | 'paused' | 'ended'

/** Where a coupon stands for shoppers: a live one may not have begun, or be past claiming. */
export function phaseOf(
  coupon: Pick<Schemas['Coupon'], 'state' | 'claim_from' | 'claim_until'>,
  now: number,
): Phase {
  if (coupon.state !== 'live') return coupon.state
  if (now < Date.parse(coupon.claim_from)) return 'soon'
  return now < Date.parse(coupon.claim_until) ? 'live' : 'over'
}

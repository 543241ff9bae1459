import type { Schemas } from '@galleria/shared'
import { instantOf, wallOf } from '../common/wallClock'

type Input = Schemas['FestivalInput']
type Festival = Schemas['Festival']

/** A festival while it is written: times on the mall's clock. */
export type FestivalForm = Required<Omit<Input, 'districts' | 'coupon_ids'>> & {
  coupon_ids: string[]
  districts: Schemas['District'][]
}

const DAY_MS = 86_400_000

export function emptyFestival(now: number, zone: string): FestivalForm {
  const day = (days: number, time: string) =>
    `${wallOf(new Date(now + days * DAY_MS).toISOString(), zone).slice(0, 10)} ${time}`
  return {
    title_zh: '',
    title_en: '',
    text_zh: '',
    text_en: '',
    opens_at: day(7, '10:00:00'),
    closes_at: day(9, '22:00:00'),
    coupon_ids: [],
    districts: [],
    waiting_room: true,
    queue_lead_s: 600,
    admit_per_s: 500,
    turn_s: 600,
    proof_of_work: true,
    difficulty: 50_000,
    account_per_minute: 60,
    device_per_minute: 120,
    address_per_minute: 20_000,
    device_claims_max: 20,
    address_claims_max: 5_000,
    shop_uses_min: 200,
    shop_factor: 10,
  }
}

/** The fields that are numbers, with what may stand in them. */
export const NUMBERS = {
  admit_per_s: [1, 100_000],
  turn_s: [10, 86_400],
  queue_lead_s: [0, 86_400],
  difficulty: [1_000, 5_000_000],
  account_per_minute: [1, 1_000_000],
  device_per_minute: [1, 1_000_000],
  address_per_minute: [1, 1_000_000],
  device_claims_max: [1, 1_000_000],
  address_claims_max: [1, 1_000_000],
  shop_uses_min: [1, 1_000_000],
  shop_factor: [2, 1_000],
} as const satisfies Partial<Record<keyof FestivalForm, readonly [number, number]>>

export type NumberName = keyof typeof NUMBERS

export function formOfFestival(festival: Festival, zone: string): FestivalForm {
  const form = emptyFestival(0, zone)
  const names = Object.keys(form) as (keyof FestivalForm)[]
  const copied = Object.fromEntries(names.map((name) => [name, festival[name]])) as FestivalForm
  return {
    ...copied,
    opens_at: wallOf(festival.opens_at, zone),
    closes_at: wallOf(festival.closes_at, zone),
    coupon_ids: [...festival.coupon_ids],
    districts: festival.districts.map((district) => ({ ...district })),
  }
}

export function inputOfFestival(form: FestivalForm, zone: string): Input {
  return {
    ...form,
    title_zh: form.title_zh.trim(),
    title_en: form.title_en.trim(),
    opens_at: instantOf(form.opens_at, zone),
    closes_at: instantOf(form.closes_at, zone),
  }
}

/** Of an announced festival its coupons and opening stay; what may change is sent. */
export function changeOfFestival(input: Input, state: Schemas['FestivalState']) {
  if (state === 'draft') return input
  return Object.fromEntries(
    Object.entries(input).filter(([name]) => name !== 'coupon_ids' && name !== 'opens_at'),
  )
}

export interface RatePoint {
  at: number
  perSecond: number
}

const KEPT = 180

/** Adds what two readings of the board tell of the pace between them; readings of one moment tell nothing. */
export function withReading(
  points: readonly RatePoint[],
  before: { at: number; claimed: number } | null,
  now: { at: number; claimed: number },
): RatePoint[] {
  if (!before || now.at <= before.at) return [...points]
  const perSecond = Math.max(0, (now.claimed - before.claimed) / ((now.at - before.at) / 1000))
  return [...points, { at: now.at, perSecond }].slice(-KEPT)
}

import type { OfferForm } from '../offerForm'

type FieldOf<T> = {
  [K in keyof OfferForm]-?: OfferForm[K] extends T ? K : never
}[keyof OfferForm]

export type NumberField = FieldOf<number | null>
export type FlagField = FieldOf<boolean>

interface NumberGap {
  kind: 'number'
  field: NumberField
  min: number
  max: number
  precision?: number
  /** Said when it is left empty; without it the gap has to be filled. */
  none?: string
}
interface MoneyGap {
  kind: 'money'
  field: NumberField
  none?: string
}
interface FlagGap {
  kind: 'flag'
  field: FlagField
}
interface OtherGap {
  kind: 'scope' | 'own' | 'nth' | 'by' | 'which' | 'tiers' | 'parts' | 'choices' | 'coupon'
}

export type GapKind = NumberGap | MoneyGap | FlagGap | OtherGap

const count = (field: NumberField, none?: string): NumberGap => ({
  kind: 'number',
  field,
  min: 1,
  max: 10_000,
  none,
})

/** The gaps that a sentence of an offer may have, by the name in its message. */
export const GAPS: Record<string, GapKind> = {
  goods: { kind: 'scope' },
  own: { kind: 'own' },
  nth: { kind: 'nth' },
  by: { kind: 'by' },
  which: { kind: 'which' },
  tiers: { kind: 'tiers' },
  parts: { kind: 'parts' },
  choices: { kind: 'choices' },
  coupon: { kind: 'coupon' },
  price: { kind: 'money', field: 'price_minor' },
  amount: { kind: 'money', field: 'amount_minor' },
  cap: { kind: 'money', field: 'cap_minor', none: 'offers.none.cap' },
  threshold: { kind: 'money', field: 'threshold_minor', none: 'offers.none.threshold' },
  pieces: { ...count('threshold_pieces', 'offers.none.pieces'), min: 1 },
  percent: { kind: 'number', field: 'percent', min: 0.01, max: 100, precision: 2 },
  pay: { kind: 'number', field: 'pay_percent', min: 0, max: 99.99, precision: 2 },
  full: { ...count('full'), max: 99 },
  cheaper: { ...count('cheaper'), max: 99 },
  times: count('times', 'offers.none.times'),
  each: count('units_per_order', 'offers.none.units'),
  units: { ...count('units'), max: 20 },
  quantity: { ...count('quantity'), max: 20 },
  repeat: { kind: 'flag', field: 'repeat' },
  same: { kind: 'flag', field: 'same' },
}

/** The offer's shapes, as the API takes and gives them. */
export type Preset =
  | 'limited_price'
  | 'flash_sale'
  | 'half_price_second'
  | 'buy_n_get_m'
  | 'spend_and_save'
  | 'gift'
  | 'add_on'
  | 'bundle'
  | 'purchase_limit'
  | 'new_customer'
  | 'first_order'
  | 'birthday'
  | 'tier_price'
  | 'member_day'
  | 'one_yuan'
  | 'free_delivery'
  | 'coupon_for_later'
  | 'percent_off'
  | 'amount_off'
export type Layer = 'price' | 'set' | 'order' | 'coupon' | 'points' | 'delivery'
export type Funder = 'mall' | 'merchant' | 'sponsor'

export interface Scope {
  shop_ids: string[]
  merchant_ids: string[]
  category_ids: string[]
  product_ids: string[]
  variant_ids: string[]
  except_product_ids: string[]
}

export interface Tier {
  threshold: number
  amount_minor: number | null
  percent_bp: number | null
}

export interface AddOnChoice {
  variant_id: string
  price_minor: number
}

export type Benefit =
  | { kind: 'amount'; amount_minor: number; repeat: boolean }
  | { kind: 'percent'; percent_bp: number; cap_minor: number | null }
  | { kind: 'tiers'; by: 'money' | 'pieces'; tiers: Tier[] }
  | { kind: 'set_price'; price_minor: number; units_per_order: number | null }
  | {
      kind: 'set'
      size: number
      discounted: number
      pay_bp: number
      order: 'cheapest' | 'dearest'
      overall: boolean
      same: boolean
      times: number | null
    }
  | {
      kind: 'bundle'
      parts: { scope: Scope; quantity: number }[]
      price_minor: number
      times: number | null
    }
  | { kind: 'gift'; choices: string[]; units: number; repeat: boolean }
  | { kind: 'add_on'; choices: AddOnChoice[]; units: number }
  | { kind: 'exchange'; pay_minor: number; units: number }
  | { kind: 'free_delivery'; cap_minor: number | null }
  | { kind: 'grant'; coupon_id: string; quantity: number; repeat: boolean }
  | { kind: 'purchase_limit' }

export interface Eligibility {
  starts_at: string | null
  ends_at: string | null
  weekdays: number[]
  month_days: number[]
  minutes: [number, number][]
  channels: string[]
  on_site: boolean
  members_only: boolean
  new_customer: boolean
  first_order_in_shop: boolean
  birthday: 'day' | 'week' | 'month' | null
  tiers: string[]
}

export interface Stacking {
  layer: Layer
  group: string | null
  exclusive: boolean
  joint: boolean
  once: boolean
  priority: number
  base: 'initial' | 'discounted'
}

export interface Limits {
  per_order: number | null
  per_member: number | null
  per_member_day: number | null
  per_household: number | null
  per_day: number | null
  total: number | null
  budget_minor: number | null
}

export interface Share {
  funder: Funder
  funder_id: string | null
  share_bp: number
}

export interface Session {
  /** Null until it has been saved. */
  id: string | null
  starts_at: string
  ends_at: string
  stock: number
}

export interface OfferTerms {
  preset: Preset
  title_zh: string
  title_en: string
  benefit: Benefit
  stacking: Stacking
  shares: Share[]
  counted: Scope
  discounted: Scope | null
  threshold_minor: number
  threshold_pieces: number
  eligibility: Eligibility
  limits: Limits
  sessions: Session[]
}

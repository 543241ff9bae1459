import {
  BadgePercent,
  Bike,
  Cake,
  CalendarHeart,
  CircleDollarSign,
  Coins,
  Crown,
  Gift,
  Layers,
  ListPlus,
  Package2,
  Percent,
  ShieldAlert,
  ShoppingBag,
  Sparkles,
  Tag,
  TicketPlus,
  UserPlus,
  Zap,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { Layer, Preset } from './terms'

/** What comes off, as the form holds it: one shape of fields for each. */
export type Shape =
  | 'amount'
  | 'percent'
  | 'tiers'
  | 'price'
  | 'set'
  | 'bundle'
  | 'gift'
  | 'add_on'
  | 'delivery'
  | 'grant'
  | 'limit'

interface PresetFacts {
  icon: Component
  layer: Layer
  /** The shapes it can take, the usual one first. */
  shapes: readonly [Shape, ...Shape[]]
}

/** Every kind of offer a merchant knows by name, and how the engine is told of it. */
export const PRESETS: Record<Preset, PresetFacts> = {
  limited_price: { icon: Tag, layer: 'price', shapes: ['price'] },
  flash_sale: { icon: Zap, layer: 'price', shapes: ['price'] },
  one_yuan: { icon: Coins, layer: 'price', shapes: ['price'] },
  percent_off: { icon: Percent, layer: 'order', shapes: ['percent'] },
  amount_off: { icon: CircleDollarSign, layer: 'order', shapes: ['amount'] },
  half_price_second: { icon: BadgePercent, layer: 'set', shapes: ['set'] },
  buy_n_get_m: { icon: ShoppingBag, layer: 'set', shapes: ['set'] },
  spend_and_save: { icon: Layers, layer: 'order', shapes: ['tiers'] },
  bundle: { icon: Package2, layer: 'set', shapes: ['bundle'] },
  gift: { icon: Gift, layer: 'set', shapes: ['gift'] },
  add_on: { icon: ListPlus, layer: 'set', shapes: ['add_on'] },
  coupon_for_later: { icon: TicketPlus, layer: 'order', shapes: ['grant'] },
  free_delivery: { icon: Bike, layer: 'delivery', shapes: ['delivery'] },
  new_customer: { icon: UserPlus, layer: 'order', shapes: ['amount', 'percent'] },
  first_order: { icon: Sparkles, layer: 'order', shapes: ['amount', 'percent'] },
  birthday: { icon: Cake, layer: 'order', shapes: ['percent', 'amount'] },
  tier_price: { icon: Crown, layer: 'order', shapes: ['percent', 'amount'] },
  member_day: { icon: CalendarHeart, layer: 'order', shapes: ['percent', 'amount'] },
  purchase_limit: { icon: ShieldAlert, layer: 'order', shapes: ['limit'] },
}

export type PresetGroup = 'price' | 'together' | 'thanks' | 'people' | 'guard'

/** The presets in the order one would look for them. */
export const PRESET_GROUPS: readonly { name: PresetGroup; presets: readonly Preset[] }[] = [
  {
    name: 'price',
    presets: ['limited_price', 'flash_sale', 'percent_off', 'amount_off', 'one_yuan'],
  },
  {
    name: 'together',
    presets: ['half_price_second', 'buy_n_get_m', 'spend_and_save', 'bundle', 'add_on'],
  },
  { name: 'thanks', presets: ['gift', 'coupon_for_later', 'free_delivery'] },
  {
    name: 'people',
    presets: ['new_customer', 'first_order', 'birthday', 'tier_price', 'member_day'],
  },
  { name: 'guard', presets: ['purchase_limit'] },
]

export const ALL_PRESETS = PRESET_GROUPS.flatMap((group) => group.presets)

/** Units are what these give away or sell; the others count once for every order. */
export function countsUnits(shape: Shape): boolean {
  return ['price', 'gift', 'add_on', 'limit'].includes(shape)
}

export function isPreset(name: string): name is Preset {
  return name in PRESETS
}

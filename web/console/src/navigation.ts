import {
  BadgeCheck,
  BadgePercent,
  Boxes,
  Building2,
  CalendarCheck,
  CalendarDays,
  CalendarRange,
  ChartLine,
  Coins,
  FlaskConical,
  FolderTree,
  HandCoins,
  Handshake,
  Landmark,
  History,
  LayoutDashboard,
  Map,
  Package,
  Percent,
  PartyPopper,
  ReceiptText,
  ScanLine,
  ScrollText,
  Sparkles,
  Store,
  Tags,
  TicketPercent,
  Undo2,
  Users,
  Wallet,
  WalletCards,
} from '@lucide/vue'
import type { Component } from 'vue'
import { router } from './router'
import { useMall } from './session/useMall'

export interface NavItem {
  /** Name of the route; its label is the message `nav.<name>`. Whom it is for says the route's meta. */
  name: string
  icon: Component
}

export interface NavGroup {
  /** Message key of the group's heading. */
  title: string
  items: NavItem[]
}

/** The side navigation, in the order an operator's day goes. */
export const navigation: NavGroup[] = [
  { title: 'navGroup.today', items: [{ name: 'overview', icon: LayoutDashboard }] },
  {
    title: 'navGroup.sell',
    items: [
      { name: 'orders', icon: ReceiptText },
      { name: 'refunds', icon: Undo2 },
      { name: 'redemptions', icon: ScanLine },
    ],
  },
  {
    title: 'navGroup.offer',
    items: [
      { name: 'offers', icon: BadgePercent },
      { name: 'offer-calendar', icon: CalendarRange },
      { name: 'coupons', icon: TicketPercent },
      { name: 'festivals', icon: PartyPopper },
      { name: 'approvals', icon: BadgeCheck },
      { name: 'simulator', icon: FlaskConical },
      { name: 'offer-results', icon: ChartLine },
      { name: 'changes', icon: History },
      { name: 'sponsors', icon: HandCoins },
    ],
  },
  {
    title: 'navGroup.goods',
    items: [
      { name: 'goods', icon: Package },
      { name: 'stock', icon: Boxes },
      { name: 'price-rules', icon: Tags },
      { name: 'costs', icon: WalletCards },
      { name: 'assistant', icon: Sparkles },
    ],
  },
  {
    title: 'navGroup.guests',
    items: [
      { name: 'points-rules', icon: Coins },
      { name: 'check-ins', icon: CalendarCheck },
      { name: 'events', icon: CalendarDays },
    ],
  },
  {
    title: 'navGroup.building',
    items: [
      { name: 'shops', icon: Store },
      { name: 'floors', icon: Map },
      { name: 'categories', icon: FolderTree },
      { name: 'merchants', icon: Handshake },
      { name: 'malls', icon: Building2 },
    ],
  },
  {
    title: 'navGroup.settle',
    items: [
      { name: 'statements', icon: Landmark },
      { name: 'payouts', icon: Wallet },
      { name: 'settlement-terms', icon: Percent },
    ],
  },
  { title: 'navGroup.people', items: [{ name: 'staff', icon: Users }] },
  { title: 'navGroup.records', items: [{ name: 'audit', icon: ScrollText }] },
]

/** What the signed-in person may open in the chosen mall. */
export function allowedNavigation(): NavGroup[] {
  return navigation
    .map((group) => ({ ...group, items: group.items.filter((item) => mayOpen(item.name)) }))
    .filter((group) => group.items.length > 0)
}

export function mayOpen(name: string): boolean {
  const { permission, breadth } = router.resolve({ name }).meta
  return !permission || useMall().may(permission, breadth)
}

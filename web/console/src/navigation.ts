import {
  BadgeCheck,
  BadgePercent,
  Bike,
  Barcode,
  Boxes,
  Building2,
  CalendarCheck,
  CalendarClock,
  CalendarDays,
  CalendarRange,
  ChartLine,
  Coins,
  FlaskConical,
  FolderTree,
  HandCoins,
  HandHeart,
  Handshake,
  Landmark,
  History,
  LayoutDashboard,
  ListTodo,
  LifeBuoy,
  Map,
  MapPinned,
  Package,
  Percent,
  PartyPopper,
  ReceiptText,
  Scale,
  ScanLine,
  ScrollText,
  ShieldAlert,
  ShoppingBag,
  Sparkles,
  Store,
  Tag,
  Tags,
  TicketPercent,
  TriangleAlert,
  Truck,
  Undo2,
  Users,
  Utensils,
  Wallet,
  WalletCards,
  Warehouse,
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
      { name: 'orders-board', icon: ListTodo },
      { name: 'orders', icon: ReceiptText },
      { name: 'cases', icon: LifeBuoy },
      { name: 'refunds', icon: Undo2 },
      { name: 'redemptions', icon: ScanLine },
      { name: 'reconciliation', icon: Scale },
    ],
  },
  {
    title: 'navGroup.bring',
    items: [
      { name: 'exceptions', icon: TriangleAlert },
      { name: 'slots', icon: CalendarClock },
      { name: 'zones', icon: MapPinned },
      { name: 'pickup-points', icon: Warehouse },
      { name: 'ways', icon: Truck },
      { name: 'riders', icon: Bike },
      { name: 'couriers', icon: Truck },
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
    title: 'navGroup.handsfree',
    items: [
      { name: 'bags', icon: ShoppingBag },
      { name: 'bag-exceptions', icon: ShieldAlert },
      { name: 'bag-claims', icon: HandHeart },
      { name: 'bag-places', icon: Tag },
    ],
  },
  {
    title: 'navGroup.building',
    items: [
      { name: 'shops', icon: Store },
      { name: 'scan-and-go', icon: Barcode },
      { name: 'dining', icon: Utensils },
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

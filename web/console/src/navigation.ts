import { LayoutDashboard } from '@lucide/vue'
import type { Component } from 'vue'

export interface NavItem {
  /** Name of the route; its label is the message `nav.<name>`. */
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
]

import type { RouteRecordRaw } from 'vue-router'

export const orderRoutes: RouteRecordRaw[] = [
  {
    path: 'orders',
    name: 'orders',
    component: () => import('./OrdersView.vue'),
    meta: { title: 'nav.orders', permission: 'order.read' },
  },
  {
    path: 'orders/:id',
    name: 'order',
    component: () => import('./OrderPage.vue'),
    meta: { title: 'orders.one', permission: 'order.read', ownHeading: true },
  },
  {
    path: 'orders-board',
    name: 'orders-board',
    component: () => import('./BoardView.vue'),
    meta: { title: 'nav.orders-board', permission: 'order.read' },
  },
  {
    path: 'refunds',
    name: 'refunds',
    component: () => import('./RefundsView.vue'),
    meta: { title: 'nav.refunds', permission: 'order.read' },
  },
  {
    path: 'redemptions',
    name: 'redemptions',
    component: () => import('./RedemptionsView.vue'),
    meta: { title: 'nav.redemptions', permission: 'redeem' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const fulfilmentRoutes: RouteRecordRaw[] = [
  {
    path: 'exceptions',
    name: 'exceptions',
    component: () => import('./ExceptionsView.vue'),
    meta: { title: 'nav.exceptions', permission: 'fulfil' },
  },
  {
    path: 'zones',
    name: 'zones',
    component: () => import('./ZonesView.vue'),
    meta: { title: 'nav.zones', permission: 'delivery.manage', breadth: 'mall' },
  },
  {
    path: 'slots',
    name: 'slots',
    component: () => import('./SlotsView.vue'),
    meta: { title: 'nav.slots', permission: 'delivery.manage', breadth: 'mall' },
  },
  {
    path: 'points-of-pickup',
    name: 'pickup-points',
    component: () => import('./PointsView.vue'),
    meta: { title: 'nav.pickup-points', permission: 'delivery.manage', breadth: 'mall' },
  },
  {
    path: 'ways',
    name: 'ways',
    component: () => import('./WaysView.vue'),
    meta: { title: 'nav.ways', permission: 'delivery.manage' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const deliveryRoutes: RouteRecordRaw[] = [
  {
    path: 'couriers',
    name: 'couriers',
    component: () => import('./CouriersView.vue'),
    meta: { title: 'nav.couriers', permission: 'delivery.manage', breadth: 'mall' },
  },
  {
    path: 'riders',
    name: 'riders',
    component: () => import('./RidersView.vue'),
    meta: { title: 'nav.riders', permission: 'delivery.manage', breadth: 'mall' },
  },
]

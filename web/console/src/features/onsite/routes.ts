import type { RouteRecordRaw } from 'vue-router'

export const onsiteRoutes: RouteRecordRaw[] = [
  {
    path: 'scan-and-go',
    name: 'scan-and-go',
    component: () => import('./ScanGoView.vue'),
    meta: { title: 'nav.scan-and-go', permission: 'shop.manage' },
  },
  {
    path: 'dining',
    name: 'dining',
    component: () => import('./DiningView.vue'),
    meta: { title: 'nav.dining', permission: 'shop.manage' },
  },
]

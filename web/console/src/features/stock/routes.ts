import type { RouteRecordRaw } from 'vue-router'

export const stockRoutes: RouteRecordRaw[] = [
  {
    path: 'stock',
    name: 'stock',
    component: () => import('./StockView.vue'),
    meta: { title: 'nav.stock', permission: 'stock.manage' },
  },
]

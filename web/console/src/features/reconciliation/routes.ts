import type { RouteRecordRaw } from 'vue-router'

export const reconciliationRoutes: RouteRecordRaw[] = [
  {
    path: 'reconciliation',
    name: 'reconciliation',
    component: () => import('./ReconciliationView.vue'),
    meta: { title: 'nav.reconciliation', permission: 'reconcile', breadth: 'mall' },
  },
]

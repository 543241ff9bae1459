import type { RouteRecordRaw } from 'vue-router'

export const launchRoutes: RouteRecordRaw[] = [
  {
    path: 'approvals',
    name: 'approvals',
    component: () => import('./ApprovalsView.vue'),
    meta: { title: 'nav.approvals', permission: 'offer.manage' },
  },
  {
    path: 'changes',
    name: 'changes',
    component: () => import('./ChangesView.vue'),
    meta: { title: 'nav.changes', permission: 'offer.manage' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const settlementRoutes: RouteRecordRaw[] = [
  {
    path: 'statements',
    name: 'statements',
    component: () => import('./StatementsView.vue'),
    meta: { title: 'nav.statements', permission: 'settlement.read' },
  },
  {
    path: 'statements/:id',
    name: 'statement',
    component: () => import('./StatementPage.vue'),
    meta: { title: 'settlement.one', permission: 'settlement.read' },
  },
  {
    path: 'payouts',
    name: 'payouts',
    component: () => import('./PayoutsView.vue'),
    meta: { title: 'nav.payouts', permission: 'settlement.read' },
  },
  {
    path: 'settlement-terms',
    name: 'settlement-terms',
    component: () => import('./TermsView.vue'),
    meta: { title: 'nav.settlement-terms', permission: 'settlement.read' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const caseRoutes: RouteRecordRaw[] = [
  {
    path: 'cases',
    name: 'cases',
    component: () => import('./CasesView.vue'),
    meta: { title: 'nav.cases', permission: 'order.read' },
  },
  {
    path: 'cases/terms',
    name: 'case-terms',
    component: () => import('./TermsView.vue'),
    meta: { title: 'cases.terms.title', permission: 'case.decide' },
  },
  {
    path: 'cases/:id',
    name: 'case',
    component: () => import('./CasePage.vue'),
    meta: { title: 'cases.one', permission: 'order.read', ownHeading: true },
  },
]

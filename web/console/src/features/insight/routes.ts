import type { RouteRecordRaw } from 'vue-router'

export const insightRoutes: RouteRecordRaw[] = [
  {
    path: 'results',
    name: 'offer-results',
    component: () => import('./ResultsView.vue'),
    meta: { title: 'nav.offer-results', permission: 'offer.manage' },
  },
  {
    path: 'results/:kind(offers|coupons)/:id',
    name: 'offer-result',
    component: () => import('./ResultView.vue'),
    meta: { title: 'nav.offer-result', permission: 'offer.manage', ownHeading: true },
  },
  {
    path: 'simulator',
    name: 'simulator',
    component: () => import('./SimulatorView.vue'),
    meta: { title: 'nav.simulator', permission: 'offer.manage' },
  },
  {
    path: 'assistant',
    name: 'assistant',
    component: () => import('./AssistantView.vue'),
    meta: { title: 'nav.assistant', permission: 'price.manage' },
  },
]

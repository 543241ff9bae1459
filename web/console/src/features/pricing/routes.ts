import type { RouteRecordRaw } from 'vue-router'

export const pricingRoutes: RouteRecordRaw[] = [
  {
    path: 'prices',
    name: 'price-rules',
    component: () => import('./RulesView.vue'),
    meta: { title: 'nav.price-rules', permission: 'price.manage' },
  },
  {
    path: 'prices/costs',
    name: 'costs',
    component: () => import('./CostsView.vue'),
    meta: { title: 'nav.costs', permission: 'price.manage' },
  },
  {
    path: 'prices/products/:id',
    name: 'price-history',
    component: () => import('./HistoryView.vue'),
    meta: { title: 'pricing.history', permission: 'price.manage', ownHeading: true },
  },
  {
    path: 'prices/:id',
    name: 'price-rule',
    component: () => import('./RuleEditView.vue'),
    meta: { title: 'pricing.edit', permission: 'price.manage', ownHeading: true },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const bagRoutes: RouteRecordRaw[] = [
  {
    path: 'bags',
    name: 'bags',
    component: () => import('./BagsView.vue'),
    meta: { title: 'nav.bags', permission: 'bag.carry' },
  },
  {
    path: 'bag-exceptions',
    name: 'bag-exceptions',
    component: () => import('./ExceptionsView.vue'),
    meta: { title: 'nav.bag-exceptions', permission: 'bag.carry', breadth: 'mall' },
  },
  {
    path: 'bag-claims',
    name: 'bag-claims',
    component: () => import('./BagClaimsView.vue'),
    meta: { title: 'nav.bag-claims', permission: 'case.decide', breadth: 'mall' },
  },
  {
    path: 'bag-places',
    name: 'bag-places',
    component: () => import('./BagPlacesView.vue'),
    meta: { title: 'nav.bag-places', permission: 'delivery.manage' },
  },
]

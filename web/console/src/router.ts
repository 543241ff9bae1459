import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { staffClient } from './api'
import { accountRoutes } from './features/account/routes'
import { auditRoutes } from './features/audit/routes'
import { bagRoutes } from './features/bags/routes'
import { caseRoutes } from './features/cases/routes'
import { couponRoutes } from './features/coupons/routes'
import { dashboardRoutes } from './features/dashboard/routes'
import { deliveryRoutes } from './features/delivery/routes'
import { directoryRoutes } from './features/directory/routes'
import { eventRoutes } from './features/events/routes'
import { festivalRoutes } from './features/festivals/routes'
import { fulfilmentRoutes } from './features/fulfilment/routes'
import { goodsRoutes } from './features/goods/routes'
import { insightRoutes } from './features/insight/routes'
import { launchRoutes } from './features/launch/routes'
import { offerRoutes } from './features/offers/routes'
import { onsiteRoutes } from './features/onsite/routes'
import { orderRoutes } from './features/orders/routes'
import { pointsRoutes } from './features/points/routes'
import { pricingRoutes } from './features/pricing/routes'
import { reconciliationRoutes } from './features/reconciliation/routes'
import { settlementRoutes } from './features/settlement/routes'
import { staffRoutes } from './features/staff/routes'
import { stockRoutes } from './features/stock/routes'
import type { Permission } from './lib/types'
import type { Breadth } from './session/permissions'

declare module 'vue-router' {
  interface RouteMeta {
    /** Message key of the page's name: in the breadcrumb and as its heading. */
    title?: string
    /** Whom the navigation shows it to, and whom the page is for. */
    permission?: Permission
    /** How far that permission has to reach; some shop of the mall when left out. */
    breadth?: Breadth
    /** The page writes its own heading. */
    ownHeading?: boolean
  }
}

const pages: RouteRecordRaw[] = [
  ...dashboardRoutes,
  ...eventRoutes,
  ...directoryRoutes,
  ...staffRoutes,
  ...auditRoutes,
  ...orderRoutes,
  ...fulfilmentRoutes,
  ...caseRoutes,
  ...reconciliationRoutes,
  ...bagRoutes,
  ...deliveryRoutes,
  ...goodsRoutes,
  ...stockRoutes,
  ...onsiteRoutes,
  ...couponRoutes,
  ...offerRoutes,
  ...launchRoutes,
  ...festivalRoutes,
  ...pricingRoutes,
  ...insightRoutes,
  ...pointsRoutes,
  ...settlementRoutes,
  ...accountRoutes,
  {
    path: ':rest(.*)*',
    name: 'not-found',
    component: () => import('./views/NotFoundView.vue'),
    meta: { title: 'notFound.title' },
  },
]

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./views/SignInView.vue'),
      meta: { title: 'signIn.title' },
    },
    { path: '/', component: () => import('./layouts/ConsoleLayout.vue'), children: pages },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

router.beforeEach((to) => {
  const signedIn = staffClient.session.signedIn.value
  if (to.name === 'sign-in') return signedIn ? { name: 'overview' } : true
  if (signedIn) return true
  return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})

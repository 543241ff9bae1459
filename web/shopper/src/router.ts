import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Message key of the title in the top bar. */
    title?: string
    /** Shows the tab bar instead of a way back. */
    tab?: boolean
  }
}

const shopper: RouteRecordRaw = {
  path: '/',
  component: () => import('./layouts/ShopperLayout.vue'),
  children: [
    {
      path: '',
      name: 'home',
      component: () => import('./views/HomeView.vue'),
      meta: { title: 'nav.home', tab: true },
    },
    {
      path: 'shops',
      name: 'shops',
      component: () => import('./views/ShopsView.vue'),
      meta: { title: 'nav.shops', tab: true },
    },
    {
      path: 'cart',
      name: 'cart',
      component: () => import('./views/CartView.vue'),
      meta: { title: 'nav.cart', tab: true },
    },
    {
      path: 'code',
      name: 'code',
      component: () => import('./views/CodeView.vue'),
      meta: { title: 'nav.code', tab: true },
    },
    {
      path: 'me',
      name: 'me',
      component: () => import('./views/MeView.vue'),
      meta: { title: 'nav.me', tab: true },
    },
    {
      path: 'sign-in',
      name: 'sign-in',
      component: () => import('./views/SignInView.vue'),
      meta: { title: 'signIn.title' },
    },
    {
      path: ':rest(.*)*',
      name: 'not-found',
      component: () => import('./views/NotFoundView.vue'),
      meta: { title: 'notFound.title' },
    },
  ],
}

const staff: RouteRecordRaw = {
  path: '/staff',
  component: () => import('./layouts/StaffLayout.vue'),
  children: [
    {
      path: '',
      name: 'staff-home',
      component: () => import('./views/staff/StaffHomeView.vue'),
      meta: { title: 'staff.home' },
    },
    {
      path: 'scan',
      name: 'staff-scan',
      component: () => import('./views/staff/StaffScanView.vue'),
      meta: { title: 'staff.scan' },
    },
    {
      path: 'sign-in',
      name: 'staff-sign-in',
      component: () => import('./views/SignInView.vue'),
      meta: { title: 'staff.signIn' },
    },
  ],
}

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [staff, shopper],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { fromCashier } from './features/checkout/cashierReturn'
import { fromPaying } from './features/onsite/payReturn'
import { inTheShops } from './features/onsite/routes'
import { rider, staff } from './staffRoutes'

declare module 'vue-router' {
  interface RouteMeta {
    /** Message key of the title in the top bar. */
    title?: string
    /** A staff screen that takes all the room there is. */
    wide?: boolean
    /** Shows the tab bar instead of a way back. */
    tab?: boolean
  }
}

const discover: RouteRecordRaw[] = [
  {
    path: 'search',
    name: 'search',
    component: () => import('./features/search/SearchView.vue'),
    meta: { title: 'search.title' },
  },
  {
    path: 'shops/:id',
    name: 'shop',
    props: true,
    component: () => import('./features/shops/ShopView.vue'),
    meta: { title: 'shops.one' },
  },
  {
    path: 'floors/:id',
    name: 'floor',
    props: (route) => ({ id: route.params.id, shop: route.query.shop }),
    component: () => import('./features/shops/FloorView.vue'),
    meta: { title: 'shops.map' },
  },
  {
    path: 'products/:id',
    name: 'product',
    props: true,
    component: () => import('./features/product/ProductView.vue'),
    meta: { title: 'product.title' },
  },
  {
    path: 'coupons',
    name: 'coupons',
    component: () => import('./features/coupons/CouponsView.vue'),
    meta: { title: 'coupons.title' },
  },
  {
    path: 'coupons/:id',
    name: 'coupon',
    props: true,
    component: () => import('./features/coupons/CouponView.vue'),
    meta: { title: 'coupons.one' },
  },
  {
    path: 'flash',
    name: 'flash',
    component: () => import('./features/flash/FlashView.vue'),
    meta: { title: 'flash.title' },
  },
  {
    path: 'festivals/:id',
    name: 'festival',
    props: true,
    component: () => import('./features/festivals/FestivalView.vue'),
    meta: { title: 'festival.title' },
  },
  {
    // The short address is for posters; the long one is what the API calls it.
    path: 'p/:token',
    alias: 'coupons/posters/:token',
    name: 'poster',
    props: true,
    component: () => import('./features/coupons/PosterView.vue'),
    meta: { title: 'receive.title' },
  },
  {
    path: 't/:token',
    alias: 'coupons/transfers/:token',
    name: 'transfer',
    props: true,
    component: () => import('./features/coupons/TransferView.vue'),
    meta: { title: 'receive.title' },
  },
  {
    path: 'checkout',
    name: 'checkout',
    component: () => import('./features/checkout/CheckoutView.vue'),
    meta: { title: 'checkout.title' },
  },
  {
    path: 'orders/:id/paying',
    name: 'paying',
    props: true,
    component: () => import('./features/checkout/PayingView.vue'),
    meta: { title: 'paying.title' },
  },
]

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
      component: () => import('./features/shops/ShopsView.vue'),
      meta: { title: 'nav.shops', tab: true },
    },
    {
      path: 'cart',
      name: 'cart',
      component: () => import('./features/cart/CartView.vue'),
      meta: { title: 'nav.cart', tab: true },
    },
    {
      path: 'code',
      name: 'code',
      component: () => import('./features/tickets/CodeView.vue'),
      meta: { title: 'nav.code', tab: true },
    },
    {
      path: 'me',
      name: 'me',
      component: () => import('./features/me/MeView.vue'),
      meta: { title: 'nav.me', tab: true },
    },
    {
      path: 'orders',
      name: 'orders',
      component: () => import('./features/orders/OrdersView.vue'),
      meta: { title: 'orders.title' },
    },
    {
      path: 'orders/:orderId',
      name: 'order',
      component: () => import('./features/orders/OrderView.vue'),
      props: true,
      meta: { title: 'orders.one' },
    },
    {
      path: 'orders/:orderId/refund',
      name: 'order-refund',
      component: () => import('./features/refund/RefundView.vue'),
      props: true,
      meta: { title: 'refund.title' },
    },
    {
      path: 'orders/:orderId/ask',
      name: 'case-ask',
      component: () => import('./features/cases/AskView.vue'),
      props: true,
      meta: { title: 'cases.askTitle' },
    },
    {
      path: 'cases',
      name: 'cases',
      component: () => import('./features/cases/CasesView.vue'),
      meta: { title: 'cases.title' },
    },
    {
      path: 'cases/:caseId',
      name: 'case',
      component: () => import('./features/cases/CaseView.vue'),
      props: true,
      meta: { title: 'cases.one' },
    },
    {
      path: 'me/coupons',
      name: 'my-coupons',
      component: () => import('./features/wallet/MyCouponsView.vue'),
      meta: { title: 'wallet.title' },
    },
    {
      path: 'me/points',
      name: 'points',
      component: () => import('./features/wallet/PointsView.vue'),
      meta: { title: 'points.title' },
    },
    {
      path: 'me/check-in',
      name: 'check-in',
      component: () => import('./features/checkin/CheckInView.vue'),
      meta: { title: 'checkIn.title' },
    },
    {
      path: 'me/addresses',
      name: 'addresses',
      component: () => import('./features/fulfilment/AddressesView.vue'),
      meta: { title: 'fulfilment.book.title' },
    },
    {
      path: 'me/stored-value',
      name: 'stored-value',
      component: () => import('./features/wallet/StoredValueView.vue'),
      meta: { title: 'storedValue.title' },
    },
    {
      path: 'me/family',
      name: 'family',
      component: () => import('./features/me/FamilyView.vue'),
      meta: { title: 'family.title' },
    },
    {
      path: 'me/bags',
      name: 'my-bags',
      component: () => import('./features/bags/MyBagsView.vue'),
      meta: { title: 'bags.title' },
    },
    {
      path: 'b/:code',
      name: 'bag-proxy',
      props: true,
      component: () => import('./features/bags/ProxyView.vue'),
      meta: { title: 'bags.proxy.title' },
    },
    {
      path: 'me/sign-ins',
      name: 'sign-ins',
      component: () => import('./features/me/SignInsView.vue'),
      meta: { title: 'me.sessions' },
    },
    {
      path: 'sign-in',
      name: 'sign-in',
      component: () => import('./features/signin/SignInView.vue'),
      meta: { title: 'signIn.title' },
    },
    ...discover,
    ...inTheShops,
    {
      path: ':rest(.*)*',
      name: 'not-found',
      component: () => import('./views/NotFoundView.vue'),
      meta: { title: 'notFound.title' },
    },
  ],
}

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [rider, staff, shopper],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(fromPaying)
router.beforeEach(fromCashier)

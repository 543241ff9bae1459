import type { RouteRecordRaw } from 'vue-router'

export const directoryRoutes: RouteRecordRaw[] = [
  {
    path: 'shops',
    name: 'shops',
    component: () => import('./ShopsView.vue'),
    meta: { title: 'nav.shops', permission: 'shop.manage' },
  },
  {
    path: 'shops/new',
    name: 'shop-new',
    component: () => import('./ShopView.vue'),
    meta: { title: 'nav.shopNew', permission: 'mall.manage', breadth: 'mall' },
  },
  {
    path: 'shops/:shopId',
    name: 'shop',
    component: () => import('./ShopView.vue'),
    meta: { title: 'nav.shop', permission: 'shop.manage', ownHeading: true },
  },
  {
    path: 'floors',
    name: 'floors',
    component: () => import('./FloorsView.vue'),
    meta: { title: 'nav.floors', permission: 'mall.manage', breadth: 'mall' },
  },
  {
    path: 'categories',
    name: 'categories',
    component: () => import('./CategoriesView.vue'),
    meta: { title: 'nav.categories', permission: 'mall.manage', breadth: 'mall' },
  },
  {
    path: 'merchants',
    name: 'merchants',
    component: () => import('./MerchantsView.vue'),
    meta: { title: 'nav.merchants', permission: 'mall.manage', breadth: 'mall' },
  },
  {
    path: 'malls',
    name: 'malls',
    component: () => import('./MallsView.vue'),
    meta: { title: 'nav.malls', permission: 'mall.manage', breadth: 'mall' },
  },
  {
    path: 'import',
    name: 'mall-import',
    component: () => import('./ImportView.vue'),
    meta: { title: 'nav.mall-import', permission: 'mall.manage', breadth: 'group' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const goodsRoutes: RouteRecordRaw[] = [
  {
    path: 'goods',
    name: 'goods',
    component: () => import('./GoodsListView.vue'),
    meta: { title: 'nav.goods', permission: 'catalog.manage' },
  },
  {
    path: 'goods/transfers',
    name: 'goods-transfers',
    component: () => import('./TransfersView.vue'),
    meta: { title: 'goods.transfers', permission: 'catalog.manage' },
  },
  {
    path: 'goods/:id',
    name: 'goods-edit',
    component: () => import('./GoodsEditView.vue'),
    meta: { title: 'goods.edit', permission: 'catalog.manage', ownHeading: true },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const couponRoutes: RouteRecordRaw[] = [
  {
    path: 'coupons',
    name: 'coupons',
    component: () => import('./CouponsView.vue'),
    meta: { title: 'nav.coupons', permission: 'coupon.manage' },
  },
  {
    path: 'coupons/:id',
    name: 'coupon',
    component: () => import('./CouponEditView.vue'),
    meta: { title: 'coupons.edit', permission: 'coupon.manage', ownHeading: true },
  },
  {
    path: 'coupons/:id/issue',
    name: 'coupon-issue',
    component: () => import('./issue/IssueView.vue'),
    meta: { title: 'coupons.issue', permission: 'coupon.manage', ownHeading: true },
  },
]

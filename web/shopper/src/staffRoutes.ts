import type { RouteRecordRaw } from 'vue-router'
import { shopPosts } from './features/onsite/routes'

/** Staff mode: everything a shop's people do at the counter. */
export const staff: RouteRecordRaw = {
  path: '/staff',
  component: () => import('./layouts/StaffLayout.vue'),
  children: [
    {
      path: '',
      name: 'staff-home',
      component: () => import('./features/staff/StaffHomeView.vue'),
      meta: { title: 'staff.home' },
    },
    {
      path: 'scan',
      name: 'staff-scan',
      component: () => import('./features/staff/StaffScanView.vue'),
      meta: { title: 'staff.scan' },
    },
    {
      path: 'shop',
      name: 'staff-shop',
      component: () => import('./features/staff/StaffShopView.vue'),
      meta: { title: 'staff.chooseShop' },
    },
    {
      path: 'redemptions',
      name: 'staff-redemptions',
      component: () => import('./features/staff/StaffRedemptionsView.vue'),
      meta: { title: 'staff.redemptions' },
    },
    {
      path: 'orders',
      name: 'staff-orders',
      component: () => import('./features/staff/StaffOrdersView.vue'),
      meta: { title: 'staff.orders' },
    },
    {
      path: 'bags',
      name: 'staff-bags',
      component: () => import('./features/bagwork/StaffBagsView.vue'),
      meta: { title: 'bagWork.title' },
    },
    {
      path: 'bags/seal',
      name: 'staff-bag-seal',
      component: () => import('./features/bagwork/SealView.vue'),
      meta: { title: 'bagWork.way.seal' },
    },
    {
      path: 'bags/run',
      name: 'staff-bag-run',
      component: () => import('./features/bagwork/RunView.vue'),
      meta: { title: 'bagWork.way.run' },
    },
    {
      path: 'bags/desk',
      name: 'staff-bag-desk',
      component: () => import('./features/bagwork/DeskView.vue'),
      meta: { title: 'bagWork.way.desk' },
    },
    {
      path: 'orders/:orderId',
      name: 'staff-order',
      component: () => import('./features/staff/StaffOrderView.vue'),
      props: true,
      meta: { title: 'staff.order' },
    },
    {
      path: 'orders/:orderId/refund',
      name: 'staff-refund',
      component: () => import('./features/staff/StaffRefundView.vue'),
      props: true,
      meta: { title: 'staff.refund' },
    },
    ...shopPosts,
    {
      path: 'picking',
      name: 'staff-picking',
      component: () => import('./features/fulfilment/StaffPickingView.vue'),
      meta: { title: 'fulfilment.staff.title' },
    },
    {
      path: 'shipments/:shipmentId',
      name: 'staff-shipment',
      component: () => import('./features/fulfilment/StaffShipmentView.vue'),
      props: true,
      meta: { title: 'fulfilment.staff.one' },
    },
    {
      path: 'desk',
      name: 'staff-desk',
      component: () => import('./features/fulfilment/StaffDeskView.vue'),
      meta: { title: 'fulfilment.desk.title' },
    },
    {
      path: 'cases',
      name: 'staff-cases',
      component: () => import('./features/staff/StaffCasesView.vue'),
      meta: { title: 'staffCases.title' },
    },
    {
      path: 'sign-in',
      name: 'staff-sign-in',
      component: () => import('./features/staff/StaffSignInView.vue'),
      meta: { title: 'staff.signIn' },
    },
  ],
}

/** Riders work for a mall, not at a shop's counter: theirs is a layout of its own. */
export const rider: RouteRecordRaw = {
  path: '/staff/rider',
  component: () => import('./layouts/RiderLayout.vue'),
  children: [
    {
      path: '',
      name: 'rider',
      component: () => import('./features/rider/RiderView.vue'),
      meta: { title: 'rider.title' },
    },
  ],
}

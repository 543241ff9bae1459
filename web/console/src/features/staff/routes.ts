import type { RouteRecordRaw } from 'vue-router'

export const staffRoutes: RouteRecordRaw[] = [
  {
    path: 'staff',
    name: 'staff',
    component: () => import('./StaffView.vue'),
    meta: { title: 'nav.staff', permission: 'staff.manage' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const dashboardRoutes: RouteRecordRaw[] = [
  {
    path: '',
    name: 'overview',
    component: () => import('./TodayView.vue'),
    meta: { title: 'nav.overview', permission: 'report.read', ownHeading: true },
  },
  {
    path: 'figures/:figure',
    name: 'figure',
    component: () => import('./FigureView.vue'),
    meta: { title: 'nav.figure', permission: 'report.read', ownHeading: true },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const pointsRoutes: RouteRecordRaw[] = [
  {
    path: 'points/rules',
    name: 'points-rules',
    component: () => import('./PointsRulesView.vue'),
    meta: { title: 'nav.points-rules', permission: 'points.manage' },
  },
]

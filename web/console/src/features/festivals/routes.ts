import type { RouteRecordRaw } from 'vue-router'

export const festivalRoutes: RouteRecordRaw[] = [
  {
    path: 'festivals',
    name: 'festivals',
    component: () => import('./FestivalsView.vue'),
    meta: { title: 'nav.festivals', permission: 'festival.manage', breadth: 'mall' },
  },
  {
    path: 'festivals/:id',
    name: 'festival',
    component: () => import('./FestivalEditView.vue'),
    meta: {
      title: 'festivals.edit',
      permission: 'festival.manage',
      breadth: 'mall',
      ownHeading: true,
    },
  },
  {
    path: 'festivals/:id/board',
    name: 'festival-board',
    component: () => import('./BoardView.vue'),
    meta: {
      title: 'festivals.board',
      permission: 'festival.manage',
      breadth: 'mall',
      ownHeading: true,
    },
  },
  {
    path: 'check-ins',
    name: 'check-ins',
    component: () => import('../checkins/LadderView.vue'),
    meta: { title: 'nav.check-ins', permission: 'event.manage', breadth: 'mall' },
  },
]

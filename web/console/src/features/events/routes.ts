import type { RouteRecordRaw } from 'vue-router'

export const eventRoutes: RouteRecordRaw[] = [
  {
    path: 'events',
    name: 'events',
    component: () => import('./EventsView.vue'),
    meta: { title: 'nav.events', permission: 'event.manage', breadth: 'mall' },
  },
]

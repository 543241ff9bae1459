import type { RouteRecordRaw } from 'vue-router'

export const offerRoutes: RouteRecordRaw[] = [
  {
    path: 'offers',
    name: 'offers',
    component: () => import('./OffersView.vue'),
    meta: { title: 'nav.offers', permission: 'offer.manage' },
  },
  {
    path: 'offers/calendar',
    name: 'offer-calendar',
    component: () => import('./calendar/CalendarView.vue'),
    meta: { title: 'nav.offer-calendar', permission: 'offer.manage' },
  },
  {
    path: 'offers/:id',
    name: 'offer',
    component: () => import('./OfferEditView.vue'),
    meta: { title: 'offers.edit', permission: 'offer.manage', ownHeading: true },
  },
  {
    path: 'sponsors',
    name: 'sponsors',
    component: () => import('./SponsorsView.vue'),
    meta: { title: 'nav.sponsors', permission: 'offer.manage', breadth: 'mall' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const inTheShops: RouteRecordRaw[] = [
  {
    path: 'scan-and-go',
    name: 'scan-shops',
    component: () => import('../scango/ScanShopsView.vue'),
    meta: { title: 'scango.title' },
  },
  {
    path: 'scan-and-go/:id',
    name: 'scan-session',
    props: true,
    component: () => import('../scango/ScanSessionView.vue'),
    meta: { title: 'scango.session' },
  },
  {
    // What the code on a table says.
    path: 'table/:sticker',
    name: 'table-join',
    props: true,
    component: () => import('../dining/JoinView.vue'),
    meta: { title: 'dining.join' },
  },
  {
    path: 'dining/:id',
    name: 'table',
    props: true,
    component: () => import('../dining/TableView.vue'),
    meta: { title: 'dining.title' },
  },
]

/** Where staff of a shop stand: at the gate, in the kitchen, at the tables. */
export const shopPosts: RouteRecordRaw[] = [
  {
    path: 'gate',
    name: 'staff-gate',
    component: () => import('../staff/gate/GateView.vue'),
    meta: { title: 'gate.title' },
  },
  {
    path: 'kitchen',
    name: 'staff-kitchen',
    component: () => import('../staff/dining/KitchenView.vue'),
    meta: { title: 'kitchen.title', wide: true },
  },
  {
    path: 'tables',
    name: 'staff-room',
    component: () => import('../staff/dining/RoomView.vue'),
    meta: { title: 'room.title', wide: true },
  },
  {
    path: 'tables/:id',
    name: 'staff-party',
    component: () => import('../staff/dining/PartyView.vue'),
    props: true,
    meta: { title: 'room.party' },
  },
]

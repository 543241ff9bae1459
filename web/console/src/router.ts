import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Message key of the page's name: in the breadcrumb and as its heading. */
    title?: string
  }
}

const pages: RouteRecordRaw[] = [
  {
    path: '',
    name: 'overview',
    component: () => import('./views/OverviewView.vue'),
    meta: { title: 'nav.overview' },
  },
  {
    path: ':rest(.*)*',
    name: 'not-found',
    component: () => import('./views/NotFoundView.vue'),
    meta: { title: 'notFound.title' },
  },
]

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./views/SignInView.vue'),
      meta: { title: 'signIn.title' },
    },
    { path: '/', component: () => import('./layouts/ConsoleLayout.vue'), children: pages },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

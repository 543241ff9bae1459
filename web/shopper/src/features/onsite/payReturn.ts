import type { RouteLocationNormalized, RouteLocationRaw } from 'vue-router'

const STORED_AS = 'galleria.payingAt'

/** Remembers the screen in the shop that somebody left for the cashier. */
export function leaveFor(orderId: string, path: string): void {
  sessionStorage.setItem(STORED_AS, JSON.stringify({ orderId, path }))
}

/** The cashier leads back to the order; who paid at a table or with a basket goes back to that. */
export function fromPaying(to: RouteLocationNormalized): RouteLocationRaw | true {
  const raw = sessionStorage.getItem(STORED_AS)
  if (!raw) return true
  const { orderId, path } = JSON.parse(raw) as { orderId: string; path: string }
  if (to.path !== `/orders/${orderId}`) return true
  sessionStorage.removeItem(STORED_AS)
  return { path, replace: true }
}

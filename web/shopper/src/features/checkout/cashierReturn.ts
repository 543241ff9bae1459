import type { RouteLocationNormalized, RouteLocationRaw } from 'vue-router'

const STORED_AS = 'galleria.paying'

export function leaveForCashier(orderId: string): void {
  sessionStorage.setItem(STORED_AS, orderId)
}

/** The cashier leads back to the order; who just left to pay is first shown how the payment went. */
export function fromCashier(to: RouteLocationNormalized): RouteLocationRaw | true {
  const orderId = sessionStorage.getItem(STORED_AS)
  if (!orderId || to.path !== `/orders/${orderId}`) return true
  sessionStorage.removeItem(STORED_AS)
  return { name: 'paying', params: { id: orderId }, query: { back: '1' }, replace: true }
}

import { take, useClient, useWrite, withKey, type Problem } from '@galleria/shared'
import { ref, type Ref, type ShallowRef } from 'vue'
import { useMall } from '../mall/useMall'
import { leaveFor } from './payReturn'

export interface Paying {
  /** Leads to the cashier, or shows the code to pay by; false when it was refused. */
  pay: (orderId: string, tenderId?: string) => Promise<boolean>
  busy: Ref<boolean>
  problem: ShallowRef<Problem | null>
  /** What another phone scans to pay, where there is no page to go to. */
  qr: Ref<string | null>
}

/** Pays an order, or one's own part of it, and comes back to the screen in the shop. */
export function usePaying(back: () => string): Paying {
  const api = useClient()
  const { mallId } = useMall()
  const qr = ref<string | null>(null)
  const asking = useWrite((key, orderId: string, tenderId: string | null) =>
    take(
      api.POST('/v1/malls/{mall_id}/orders/{order_id}/pay', {
        params: { path: { mall_id: mallId.value, order_id: orderId } },
        body: tenderId ? { tender_id: tenderId } : {},
        ...withKey(key),
      }),
    ),
  )

  async function pay(orderId: string, tenderId?: string): Promise<boolean> {
    const cashier = await asking.run(orderId, tenderId ?? null)
    if (!cashier) return false
    if (cashier.redirect_url) {
      leaveFor(orderId, back())
      window.location.assign(cashier.redirect_url)
    } else qr.value = cashier.qr ?? null
    return true
  }

  return { pay, busy: asking.busy, problem: asking.problem, qr }
}

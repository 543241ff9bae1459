import { type Problem, type Schemas, take, useClient, useWrite, withKey } from '@galleria/shared'
import { type Ref, type ShallowRef, shallowRef } from 'vue'
import { useRouter } from 'vue-router'
import { useRefusalToast } from '../common/useRefusalToast'
import { useMall } from '../mall/useMall'
import { throughBridge } from './bridge'
import { leaveForCashier } from './cashierReturn'

type PayWish = Schemas['PayRequest']

export interface Cashier {
  /** Leads to the payment provider; when that fails, to the order's payment page, where one can try again. */
  toCashier: (orderId: string, wish?: PayWish) => Promise<void>
  opening: Ref<boolean>
  /** A code to be scanned with the provider's app, once there is one. */
  qr: ShallowRef<Schemas['Cashier'] | null>
  problem: ShallowRef<Problem | null>
}

/** How a shopper comes to pay: at an address, through the provider's own app, or by a code shown here. */
export function useCashier(): Cashier {
  const api = useClient()
  const router = useRouter()
  const { mallId } = useMall()
  const toastRefusal = useRefusalToast()
  const qr = shallowRef<Schemas['Cashier'] | null>(null)

  const write = useWrite((key, orderId: string, wish: PayWish) =>
    take(
      api.POST('/v1/malls/{mall_id}/orders/{order_id}/pay', {
        params: { path: { mall_id: mallId.value, order_id: orderId } },
        body: wish,
        ...withKey(key),
      }),
    ),
  )

  async function toCashier(orderId: string, wish: PayWish = {}): Promise<void> {
    qr.value = null
    const cashier = await write.run(orderId, wish)
    const paying = { name: 'paying', params: { id: orderId } }
    if (!cashier) {
      toastRefusal(write.problem.value)
      await router.replace(paying)
    } else if (cashier.redirect_url) {
      leaveForCashier(orderId)
      window.location.assign(cashier.redirect_url)
    } else if (cashier.params) {
      const went = await throughBridge(cashier.params)
      await router.replace({ ...paying, query: went === 'ok' ? { back: '1' } : {} })
    } else {
      qr.value = cashier
      await router.replace({ ...paying, query: { scan: '1' } })
    }
  }

  return { toCashier, opening: write.busy, qr, problem: write.problem }
}

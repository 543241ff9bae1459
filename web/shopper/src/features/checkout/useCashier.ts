import { take, useClient, useWrite, withKey } from '@galleria/shared'
import { type Ref } from 'vue'
import { useRouter } from 'vue-router'
import { useRefusalToast } from '../common/useRefusalToast'
import { useMall } from '../mall/useMall'
import { leaveForCashier } from './cashierReturn'

/** Leads to the payment provider; when that fails, to the order, where one can try again. */
export function useCashier(): {
  toCashier: (orderId: string) => Promise<void>
  opening: Ref<boolean>
} {
  const api = useClient()
  const router = useRouter()
  const { mallId } = useMall()
  const toastRefusal = useRefusalToast()

  const write = useWrite((key, orderId: string) =>
    take(
      api.POST('/v1/malls/{mall_id}/orders/{order_id}/pay', {
        params: { path: { mall_id: mallId.value, order_id: orderId } },
        ...withKey(key),
      }),
    ),
  )

  async function toCashier(orderId: string): Promise<void> {
    const cashier = await write.run(orderId)
    if (cashier) {
      leaveForCashier(orderId)
      window.location.assign(cashier.cashier_url)
      return
    }
    toastRefusal(write.problem.value)
    await router.replace({ name: 'paying', params: { id: orderId } })
  }

  return { toCashier, opening: write.busy }
}

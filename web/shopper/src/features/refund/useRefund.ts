import { Problem, take, useClient, useWrite, withKey, type Schemas } from '@galleria/shared'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { countOf, fitted, nothing, wantedOf, type Selection, type Wanted } from './refundSelection'

type RefundPreview = Schemas['RefundPreview']
type Refund = Schemas['Refund']

const SETTLE_MS = 250

/** One refund being put together: what may go back, what is chosen, and what that comes to, to the cent. */
export function useRefund(asked: { mallId: string; orderId: string; staff: boolean }) {
  const client = useClient()
  const params = { path: { mall_id: asked.mallId, order_id: asked.orderId } }
  const base = shallowRef<RefundPreview>()
  const preview = shallowRef<RefundPreview>()
  const problem = shallowRef<Problem | null>(null)
  const refusal = shallowRef<Problem | null>(null)
  const result = shallowRef<Refund>()
  const selection = shallowRef<Selection>(nothing)
  const reason = ref('')
  const restock = ref(true)
  const counting = ref(false)
  let latest = 0
  let timer = 0

  function ask(body: Wanted): Promise<RefundPreview> {
    return asked.staff
      ? take(client.POST('/v1/malls/{mall_id}/orders/{order_id}/refunds/preview', { params, body }))
      : take(
          client.POST('/v1/malls/{mall_id}/me/orders/{order_id}/refunds/preview', { params, body }),
        )
  }

  async function load(): Promise<void> {
    problem.value = null
    try {
      base.value = await ask({
        everything: false,
        lines: [],
        reason: '',
        restock: false,
        with_delivery: false,
      })
      selection.value = fitted(selection.value, base.value.refundable)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problem.value = error
    }
  }

  function wanted(): Wanted {
    const chosen = selection.value
    const back = asked.staff && restock.value
    return wantedOf(chosen, base.value?.refundable ?? [], reason.value.trim(), back)
  }

  async function count(): Promise<void> {
    const mine = ++latest
    try {
      const answer = await ask(wanted())
      if (mine !== latest) return
      preview.value = answer
      refusal.value = null
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (mine === latest) refusal.value = error
    } finally {
      if (mine === latest) counting.value = false
    }
  }

  watch(selection, () => {
    window.clearTimeout(timer)
    latest += 1
    refusal.value = null
    counting.value = countOf(selection.value) > 0
    if (counting.value) timer = window.setTimeout(() => void count(), SETTLE_MS)
    else preview.value = undefined
  })
  onScopeDispose(() => window.clearTimeout(timer))

  const refunding = useWrite((key, body: Wanted) => {
    const wish = { params, body, ...withKey(key) }
    return asked.staff
      ? take(client.POST('/v1/malls/{mall_id}/orders/{order_id}/refunds', wish))
      : take(client.POST('/v1/malls/{mall_id}/me/orders/{order_id}/refunds', wish))
  })
  const { busy } = refunding

  async function submit(): Promise<void> {
    const made = await refunding.run(wanted())
    if (made) result.value = made
    const refused = refunding.problem.value
    if (!refused) return
    refusal.value = refused
    // The order moved on under our hands: show what is possible now.
    if (refused.status === 409) void load()
  }

  const ready = computed(() => !!preview.value && !counting.value && !busy.value)
  void load()
  return {
    base, preview, problem, refusal, result, selection,
    reason, restock, counting, busy, ready, load, submit,
  } // prettier-ignore
}

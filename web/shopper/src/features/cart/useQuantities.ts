import { useWrite } from '@galleria/shared'
import { onScopeDispose, ref, type Ref } from 'vue'
import { useRefusalToast } from '../common/useRefusalToast'
import { useCart, type CartChange } from './useCart'

const PAUSE_MS = 350

/** Quantities as the thumb sets them: shown at once, sent when it rests, taken back when refused. */
export function useQuantities(): {
  /** What is wished for and not yet answered, by variant. */
  wished: Ref<Map<string, number>>
  wish: (variantId: string, quantity: number) => void
  /** Sends at once, with whatever waits. */
  put: (variantId: string, quantity: number) => Promise<boolean>
} {
  const { set, load } = useCart()
  const toastRefusal = useRefusalToast()
  const wished = ref(new Map<string, number>())
  const write = useWrite((key, lines: CartChange[]) => set(key, lines))
  let timer = 0

  async function send(): Promise<boolean> {
    clearTimeout(timer)
    if (write.busy.value) {
      timer = window.setTimeout(send, PAUSE_MS)
      return true
    }
    const sent = new Map(wished.value)
    if (sent.size === 0) return true
    const lines = [...sent].map(([variant_id, quantity]) => ({ variant_id, quantity }))
    const answer = await write.run(lines)
    // What was wished for meanwhile stays; what was sent is answered.
    wished.value = new Map([...wished.value].filter(([id, now]) => sent.get(id) !== now))
    if (!answer && write.problem.value) {
      const problem = write.problem.value
      if (problem.status !== 401) {
        toastRefusal(problem)
        await load().catch(() => undefined)
      }
    }
    if (wished.value.size > 0) timer = window.setTimeout(send, PAUSE_MS)
    return answer !== null
  }

  function wish(variantId: string, quantity: number): void {
    wished.value = new Map(wished.value).set(variantId, quantity)
    clearTimeout(timer)
    timer = window.setTimeout(send, PAUSE_MS)
  }

  onScopeDispose(() => {
    if (wished.value.size > 0) void send()
  })

  return {
    wished,
    wish,
    put(variantId, quantity) {
      wished.value = new Map(wished.value).set(variantId, quantity)
      return send()
    },
  }
}

import { take, useAsync, useClient, type Schemas } from '@galleria/shared'
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import { useMall } from '../mall/useMall'
import type { Pick } from '../price/picks'
import { dropStalePicks, usePicks } from '../price/usePicks'
import { linesOf } from './selection'

/** What the ticked lines cost with everything that holds for them; asked again only when it may have changed. */
export function useCartQuote(
  cart: () => Schemas['CartView'] | null,
  selected: () => string[],
): {
  quote: ComputedRef<Schemas['Quote'] | null>
  loading: Ref<boolean>
  picks: Ref<Pick[]>
} {
  const api = useClient()
  const { mallId } = useMall()
  const picks = usePicks()
  const empty = ref(true)

  const basket = computed(() => {
    const view = cart()
    const chosen = new Set(selected())
    if (!view || chosen.size === 0) return ''
    return linesOf(view)
      .filter((line) => chosen.has(line.variant_id))
      .map((line) => `${line.variant_id} ${line.quantity}`)
      .join(',')
  })
  const { data, problem, loading, run } = useAsync(
    () =>
      take(
        api.POST('/v1/malls/{mall_id}/checkout/quote', {
          params: { path: { mall_id: mallId.value } },
          body: {
            variant_ids: selected(),
            best: true,
            picks: picks.value,
            tenders: false,
            points: 0,
            stored_value_minor: 0,
          },
        }),
      ),
    { immediate: false },
  )
  dropStalePicks(picks, problem)
  watch(
    [basket, picks],
    ([now]) => {
      empty.value = now === ''
      if (!empty.value) void run()
    },
    { immediate: true },
  )

  return {
    quote: computed(() => (empty.value ? null : (data.value ?? null))),
    loading,
    picks,
  }
}

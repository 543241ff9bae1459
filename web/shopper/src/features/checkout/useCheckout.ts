import { take, useAsync, useClient, useWrite, withKey, type Schemas } from '@galleria/shared'
import { computed, ref, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Problem } from '@galleria/shared'
import { useCart } from '../cart/useCart'
import { useMall } from '../mall/useMall'
import { shortOf } from './refusals'

type Quote = Schemas['Quote']

/** `best`, a claim's id, or none. */
export type ClaimChoice = string | null

export interface Checkout {
  quote: ShallowRef<Quote | undefined>
  problem: ShallowRef<Problem | null>
  loading: Ref<boolean>
  choose: (claimId: ClaimChoice) => void
  refresh: () => Promise<void>
  placing: Ref<boolean>
  refusal: ShallowRef<Problem | null>
  /** Of each variant that is short, what the server says of it. */
  short: ComputedRef<Map<string, string>>
  place: () => Promise<Schemas['PlacedOrder'] | null>
}

/** A price that is asked for, shown, and placed exactly as shown. */
export function useCheckout(variantIds: string[] | null): Checkout {
  const api = useClient()
  const { mallId } = useMall()
  const { load } = useCart()
  const claim = ref<ClaimChoice>('best')
  const params = { path: { mall_id: mallId.value } }

  const {
    data: quote,
    problem,
    loading,
    run,
  } = useAsync(() =>
    take(
      api.POST('/v1/malls/{mall_id}/checkout/quote', {
        params,
        body: { variant_ids: variantIds, claim_id: claim.value },
      }),
    ),
  )

  const write = useWrite((key, body: Schemas['PlaceRequest']) =>
    take(api.POST('/v1/malls/{mall_id}/orders', { params, body, ...withKey(key) })),
  )

  async function place(): Promise<Schemas['PlacedOrder'] | null> {
    const shown = quote.value
    if (!shown) return null
    const order = await write.run({
      shown_total_minor: shown.payable_minor,
      claim_id: shown.claim_id,
      variant_ids: variantIds,
    })
    if (order) void load().catch(() => undefined)
    // The refusal stays to be read; the price beside it is asked for anew.
    else if (write.problem.value?.status === 409) await run()
    return order
  }

  return {
    quote,
    problem,
    loading,
    choose(claimId) {
      claim.value = claimId
      void run()
    },
    refresh: run,
    placing: write.busy,
    refusal: write.problem,
    short: computed(() => shortOf(write.problem.value)),
    place,
  }
}

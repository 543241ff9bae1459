import { take, useAsync, useClient, useWrite, withKey, type Schemas } from '@galleria/shared'
import { computed, ref, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Problem } from '@galleria/shared'
import { useCart } from '../cart/useCart'
import { useMall } from '../mall/useMall'
import { BEST, type Choice } from '../price/coupons'
import { fixOf } from '../price/limits'
import { dropStalePicks, usePicks } from '../price/usePicks'
import type { Pick } from '../price/picks'
import { shortOf } from './refusals'
import { placedWays, type WayChoice } from './ways'

/** More than anybody has; the server says how much of it can be used. */
const EVERYTHING = 1_000_000_000

type Quote = Schemas['Quote']

export interface Checkout {
  quote: ShallowRef<Quote | undefined>
  problem: ShallowRef<Problem | null>
  loading: Ref<boolean>
  /** The coupons as the shopper wants them. */
  choice: Ref<Choice>
  picks: Ref<Pick[]>
  /** How each shop's goods are to come, by shop; what is not in it the server chooses. */
  ways: Ref<Record<string, WayChoice>>
  /** Whether points and stored value are used, as far as they go. */
  usePoints: Ref<boolean>
  useStored: Ref<boolean>
  refresh: () => Promise<void>
  placing: Ref<boolean>
  refusal: ShallowRef<Problem | null>
  /** Of each variant that is short, what the server says of it. */
  short: ComputedRef<Map<string, string>>
  place: (payWay: Schemas['PayWay'] | null) => Promise<Schemas['PlacedOrder'] | null>
  /** Takes out of the cart what a purchase limit does not allow. */
  fixing: Ref<boolean>
  fix: (violation: Schemas['Violation']) => Promise<Problem | null>
}

/** A price that is asked for, shown, and placed exactly as shown. */
export function useCheckout(variantIds: string[] | null): Checkout {
  const api = useClient()
  const { mallId } = useMall()
  const { load, set } = useCart()
  const choice = ref<Choice>(BEST)
  const picks = usePicks()
  const ways = ref<Record<string, WayChoice>>({})
  const usePoints = ref(false)
  const useStored = ref(false)
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
        body: {
          variant_ids: variantIds,
          best: choice.value.best,
          claim_ids: choice.value.best ? [] : choice.value.claimIds,
          picks: picks.value,
          ways: Object.values(ways.value),
          tenders: true,
          points: usePoints.value ? EVERYTHING : 0,
          stored_value_minor: useStored.value ? EVERYTHING : 0,
        },
      }),
    ),
  )
  watch([choice, picks, ways, usePoints, useStored], run)
  dropStalePicks(picks, problem)

  const write = useWrite((key, body: Schemas['PlaceRequest']) =>
    take(api.POST('/v1/malls/{mall_id}/orders', { params, body, ...withKey(key) })),
  )
  dropStalePicks(picks, write.problem)
  const limiting = useWrite((key, lines: Schemas['CartChange'][]) => set(key, lines))

  async function place(payWay: Schemas['PayWay'] | null): Promise<Schemas['PlacedOrder'] | null> {
    const shown = quote.value
    if (!shown) return null
    const order = await write.run({
      shown_total_minor: shown.payable_minor,
      claim_ids: shown.claim_ids,
      picks: shown.picks,
      variant_ids: variantIds,
      ways: placedWays(shown.ways),
      points: shown.tenders?.points.used ?? 0,
      stored_value_minor: shown.tenders?.stored_value.used_minor ?? 0,
      provider: payWay?.provider ?? null,
      scene: payWay?.scenes[0] ?? null,
    })
    if (order) {
      picks.value = []
      void load().catch(() => undefined)
    }
    // The refusal stays to be read; the price beside it is asked for anew.
    else if (write.problem.value?.status === 409) await run()
    return order
  }

  async function fix(violation: Schemas['Violation']): Promise<Problem | null> {
    const lines = quote.value?.shops.flatMap((shop) => shop.lines.map(({ line }) => line)) ?? []
    await limiting.run(fixOf(violation, lines))
    await run()
    return limiting.problem.value
  }

  return {
    quote,
    problem,
    loading,
    choice,
    picks,
    ways,
    usePoints,
    useStored,
    refresh: run,
    placing: write.busy,
    refusal: write.problem,
    short: computed(() => shortOf(write.problem.value)),
    place,
    fixing: limiting.busy,
    fix,
  }
}

import { take, useAsync, useClient, useServerClock, type Problem } from '@galleria/shared'
import { computed, onScopeDispose, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Schemas } from '@galleria/shared'
import { useMall } from '../mall/useMall'
import { roundsOf, type Round } from './rounds'

const EVERY_MS = 10_000

/** The flash sales of a mall by the server's clock; while looked at, what is left is asked for again and again. */
export function useFlashSales(everyMs = EVERY_MS): {
  sales: ShallowRef<Schemas['FlashSales'] | undefined>
  rounds: ComputedRef<Round[]>
  skewMs: Readonly<Ref<number>>
  problem: ShallowRef<Problem | null>
  refresh: () => Promise<void>
} {
  const api = useClient()
  const { mallId } = useMall()
  const { timed, skewMs } = useServerClock()

  const { data, problem, run } = useAsync(() =>
    timed(() =>
      take(
        api.GET('/v1/malls/{mall_id}/flash-sales', { params: { path: { mall_id: mallId.value } } }),
      ),
    ),
  )

  const timer = setInterval(() => {
    if (!document.hidden) void run()
  }, everyMs)
  onScopeDispose(() => clearInterval(timer))

  return {
    sales: data,
    rounds: computed(() => roundsOf(data.value?.sessions ?? [])),
    skewMs,
    problem,
    refresh: run,
  }
}

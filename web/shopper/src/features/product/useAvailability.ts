import { take, useAsync, useClient } from '@galleria/shared'
import { computed, onScopeDispose, type ComputedRef } from 'vue'
import { useMall } from '../mall/useMall'

const EVERY_MS = 15_000

/** What is left of some variants; asked again while the page is looked at. */
export function useAvailability(variantIds: () => string[]): {
  left: ComputedRef<Map<string, number>>
  refresh: () => Promise<void>
} {
  const api = useClient()
  const { mallId } = useMall()

  const { data, run } = useAsync(
    async () => {
      const variant = variantIds()
      if (variant.length === 0) return []
      const params = { path: { mall_id: mallId.value }, query: { variant } }
      return take(api.GET('/v1/malls/{mall_id}/availability', { params }))
    },
    { immediate: false },
  )

  const timer = setInterval(() => {
    if (!document.hidden) void run()
  }, EVERY_MS)
  onScopeDispose(() => clearInterval(timer))

  return {
    left: computed(() => new Map(data.value?.map((one) => [one.variant_id, one.available]))),
    refresh: run,
  }
}

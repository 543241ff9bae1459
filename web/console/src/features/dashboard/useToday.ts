import { take, useAsync, useClient, useStream } from '@galleria/shared'
import { onScopeDispose } from 'vue'
import { useMall } from '../../session/useMall'
import { useMe } from '../../session/useMe'

const PAUSE_MS = 1_000
const EVERY_MS = 60_000
const TOPICS_MAX = 10

/** Today's figures, fetched again soon after something happened in the mall and at least every minute. */
export function useToday() {
  const api = useClient()
  const { mallId, may } = useMall()
  const { me } = useMe()
  const today = useAsync(() =>
    take(
      api.GET('/v1/malls/{mall_id}/dashboard/today', {
        params: { path: { mall_id: mallId.value } },
      }),
    ),
  )
  const shops = useAsync(async () => {
    if (may('report.read', 'mall')) return []
    const page = await take(
      api.GET('/v1/malls/{mall_id}/shops/manage', {
        params: { path: { mall_id: mallId.value }, query: { limit: TOPICS_MAX } },
      }),
    )
    return page.items.map((shop) => shop.id)
  })

  function topics(): string[] {
    if (!me.value) return []
    if (may('report.read', 'mall')) return [`mall:${mallId.value}`]
    return (shops.data.value ?? []).map((id) => `shop:${id}`)
  }

  let waiting: ReturnType<typeof setTimeout> | null = null
  function soon(): void {
    waiting ??= setTimeout(() => {
      waiting = null
      void today.run()
    }, PAUSE_MS)
  }

  const { connected } = useStream(topics, soon, { mallId })
  const timer = setInterval(() => {
    if (!document.hidden) void today.run()
  }, EVERY_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    if (waiting) clearTimeout(waiting)
  })
  return { ...today, connected }
}

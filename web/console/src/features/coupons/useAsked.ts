import { type Schemas, take, useAsync, useClient } from '@galleria/shared'
import { useHere } from '../common/here'

/** Which coupons a second person was asked to approve: the launch keeps the requests, a coupon stays a draft. */
export function useAsked(): {
  waits: (coupon: Pick<Schemas['Coupon'], 'id' | 'latest_version'>) => boolean
  reload: () => Promise<void>
} {
  const client = useClient()
  const { mallId } = useHere()

  const { data: versions, run } = useAsync(async () => {
    const found = new Map<string, number>()
    let cursor: string | null = null
    do {
      const query = {
        state: 'pending' as const,
        subject_kind: 'coupon' as const,
        cursor,
        limit: 200,
      }
      const params = { path: { mall_id: mallId.value }, query }
      const page: { items: Schemas['Review'][]; next_cursor?: string | null } = await take(
        client.GET('/v1/malls/{mall_id}/launch/reviews', { params }),
      )
      for (const review of page.items) found.set(review.subject_id, review.version)
      cursor = page.next_cursor ?? null
    } while (cursor)
    return found
  })

  // A request for words that were changed since is for nothing.
  return {
    waits: (coupon) => versions.value?.get(coupon.id) === coupon.latest_version,
    reload: run,
  }
}

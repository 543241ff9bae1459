import { type Schemas, take, useClient } from '@galleria/shared'
import { computed, shallowRef, watch } from 'vue'
import { useHere } from '../common/here'

type Sponsor = Schemas['Sponsor']
type CouponName = Pick<Schemas['Coupon'], 'id' | 'title_zh' | 'title_en' | 'state'>
type Named = { name_zh: string; name_en: string }

const sponsors = shallowRef<Sponsor[]>([])
const coupons = shallowRef<CouponName[]>([])
let loadedFor: string | null = null

/** Those who pay from outside, and the coupons an offer may give: few of each, fetched once for a mall. */
export function useParties() {
  const client = useClient()
  const { mallId, may } = useHere()

  async function load(): Promise<void> {
    loadedFor = mallId.value
    const path = { mall_id: mallId.value }
    const [found, page] = await Promise.all([
      may('offer.manage')
        ? take(client.GET('/v1/malls/{mall_id}/sponsors', { params: { path } })).catch(() => null)
        : null,
      may('coupon.manage')
        ? take(
            client.GET('/v1/malls/{mall_id}/coupons/manage', {
              params: { path, query: { limit: 200 } },
            }),
          ).catch(() => null)
        : null,
    ])
    sponsors.value = found?.items ?? []
    coupons.value = page?.items ?? []
  }

  watch(mallId, (id) => void (id && id !== loadedFor && load()), { immediate: true })
  const couponsById = computed(() => new Map(coupons.value.map((one) => [one.id, one])))

  return {
    sponsors,
    coupons,
    reload: load,
    sponsor: (id: string): Named | undefined => sponsors.value.find((one) => one.id === id),
    coupon(id: string): Named | undefined {
      const one = couponsById.value.get(id)
      return one && { name_zh: one.title_zh, name_en: one.title_en }
    },
  }
}

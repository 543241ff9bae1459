import { take, useClient } from '@galleria/shared'
import { useMall } from '../mall/useMall'
import type { OfferChoice } from './decisions'

export interface GoodsScope {
  shop_ids: string[]
  category_ids: string[]
  product_ids: string[]
}

const EVERYTHING: GoodsScope = { shop_ids: [], category_ids: [], product_ids: [] }

/** Which goods reach an offer's threshold; of one nobody tells about, any goods. */
export function useScope(): {
  scopeOf: (offer: Pick<OfferChoice, 'offer_id' | 'source'>) => Promise<GoodsScope>
} {
  const api = useClient()
  const { mallId } = useMall()

  async function ofCoupon(coupon_id: string): Promise<GoodsScope> {
    const path = { mall_id: mallId.value, coupon_id }
    return take(api.GET('/v1/malls/{mall_id}/coupons/{coupon_id}', { params: { path } }))
  }

  async function ofOffer(offerId: string): Promise<GoodsScope> {
    const params = { path: { mall_id: mallId.value } }
    const { items } = await take(api.GET('/v1/malls/{mall_id}/offers', { params }))
    return items.find((one) => one.id === offerId)?.counted ?? EVERYTHING
  }

  return {
    async scopeOf({ offer_id, source }) {
      try {
        return await (source === 'coupon' ? ofCoupon(offer_id) : ofOffer(offer_id))
      } catch {
        // Goods to look at are better than none.
        return EVERYTHING
      }
    },
  }
}

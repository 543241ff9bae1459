import { localised, Problem, take, type Schemas } from '@galleria/shared'
import { shallowReactive } from 'vue'
import { memberClient } from '../../api'

type Shop = Schemas['Shop']

const known = shallowReactive(new Map<string, Shop>())
const asked = new Set<string>()

async function ask(mallId: string, shopId: string): Promise<void> {
  asked.add(shopId)
  try {
    const path = { mall_id: mallId, shop_id: shopId }
    const shop = await take(
      memberClient.GET('/v1/malls/{mall_id}/shops/{shop_id}', { params: { path } }),
    )
    known.set(shopId, shop)
  } catch (error) {
    // A shop that left the mall has no name here; its coupon shows the rest.
    if (!(error instanceof Problem)) throw error
  }
}

/** Names of a few shops known by id only, fetched once each. */
export function useShopNames(): (mallId: string, shopIds: string[]) => string[] {
  return (mallId, shopIds) => {
    for (const id of shopIds) if (!asked.has(id)) void ask(mallId, id)
    return shopIds.flatMap((id) => {
      const shop = known.get(id)
      return shop ? [localised(shop, 'name')] : []
    })
  }
}

import {
  type GalleriaClient,
  localised,
  Problem,
  type Schemas,
  take,
  useClient,
} from '@galleria/shared'
import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import { useHere } from './here'

interface Kept<T> {
  mallId: string
  items: Promise<T[]>
}

const PAGE = 200
let shopsKept: Kept<Schemas['Shop']> | null = null
let categoriesKept: Kept<Schemas['Category']> | null = null
let merchantsKept: Kept<Schemas['Merchant']> | null = null

type ShopPath = '/v1/malls/{mall_id}/shops/manage' | '/v1/malls/{mall_id}/shops'

async function everyShop(
  client: GalleriaClient,
  path: ShopPath,
  mallId: string,
): Promise<Schemas['Shop'][]> {
  const items: Schemas['Shop'][] = []
  let cursor: string | null = null
  do {
    const params = { path: { mall_id: mallId }, query: { limit: PAGE, cursor } }
    const page: { items: Schemas['Shop'][]; next_cursor?: string | null } = await take(
      client.GET(path, { params }),
    )
    items.push(...page.items)
    cursor = page.next_cursor ?? null
  } while (cursor)
  return items
}

/** Shops one manages; who only reads orders gets the mall's public ones to filter by. */
async function loadShops(client: GalleriaClient, mallId: string): Promise<Schemas['Shop'][]> {
  try {
    return await everyShop(client, '/v1/malls/{mall_id}/shops/manage', mallId)
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 403) throw error
    return everyShop(client, '/v1/malls/{mall_id}/shops', mallId)
  }
}

function useKept<T>(read: (mallId: string) => Promise<T[]>): ComputedRef<T[]> {
  const { mallId } = useHere()
  const items = shallowRef<T[]>([])
  watch(
    mallId,
    async (id) => {
      if (!id) return
      const found = await read(id).catch(() => [])
      if (id === mallId.value) items.value = found
    },
    { immediate: true },
  )
  return computed(() => items.value)
}

function keep<T>(kept: Kept<T> | null, mallId: string, load: () => Promise<T[]>): Kept<T> {
  if (kept?.mallId === mallId) return kept
  return { mallId, items: load() }
}

export function useShops() {
  const client = useClient()
  const shops = useKept<Schemas['Shop']>((mallId) => {
    shopsKept = keep(shopsKept, mallId, () => loadShops(client, mallId))
    shopsKept.items.catch(() => (shopsKept = null))
    return shopsKept.items
  })
  const byId = computed(() => new Map(shops.value.map((shop) => [shop.id, shop])))
  const shopName = (id: string): string => {
    const shop = byId.value.get(id)
    return shop ? localised(shop, 'name') : ''
  }
  return { shops, byId, shopName }
}

export function useCategories() {
  const client = useClient()
  const categories = useKept<Schemas['Category']>((mallId) => {
    const params = { path: { mall_id: mallId } }
    categoriesKept = keep(categoriesKept, mallId, () =>
      take(client.GET('/v1/malls/{mall_id}/categories', { params })),
    )
    categoriesKept.items.catch(() => (categoriesKept = null))
    return categoriesKept.items
  })
  const byId = computed(() => new Map(categories.value.map((item) => [item.id, item])))
  const categoryName = (id: string): string => {
    const category = byId.value.get(id)
    return category ? localised(category, 'name') : ''
  }
  return { categories, byId, categoryName }
}

export function useMerchants() {
  const client = useClient()
  const merchants = useKept<Schemas['Merchant']>((mallId) => {
    const params = { path: { mall_id: mallId } }
    merchantsKept = keep(merchantsKept, mallId, () =>
      take(client.GET('/v1/malls/{mall_id}/merchants', { params })),
    )
    merchantsKept.items.catch(() => (merchantsKept = null))
    return merchantsKept.items
  })
  const merchantName = (id: string | null): string => {
    const merchant = merchants.value.find((item) => item.id === id)
    return merchant ? localised(merchant, 'name') : ''
  }
  return { merchants, merchantName }
}

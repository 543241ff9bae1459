import { type Schemas, take, useClient } from '@galleria/shared'
import { reactive } from 'vue'
import { useHere } from '../common/here'

export interface GoodName {
  id: string
  productId: string
  name_zh: string
  name_en: string
  price_minor: number
  picture: string | null
}

type Row = Schemas['CatalogRow']

const goods = reactive(new Map<string, GoodName>())
const asked = new Set<string>()

function wholeName(row: Row, variant: Schemas['Variant'], language: 'zh' | 'en'): string {
  const [name, option] =
    language === 'zh'
      ? [row.name_zh, variant.name_zh]
      : [row.name_en || row.name_zh, variant.name_en || variant.name_zh]
  return row.variants.length > 1 && option ? `${name} ${option}` : name
}

function learn(row: Row): GoodName[] {
  const product: GoodName = {
    id: row.id,
    productId: row.id,
    name_zh: row.name_zh,
    name_en: row.name_en || row.name_zh,
    price_minor: row.price_min_minor,
    picture: row.picture,
  }
  goods.set(row.id, product)
  return row.variants.map((variant) => {
    const one: GoodName = {
      id: variant.id,
      productId: row.id,
      name_zh: wholeName(row, variant, 'zh'),
      name_en: wholeName(row, variant, 'en'),
      price_minor: variant.price_minor,
      picture: row.picture,
    }
    goods.set(variant.id, one)
    return one
  })
}

/** The names of goods that offers speak of; what has been seen once is not asked for again. */
export function useGoodsNames() {
  const client = useClient()
  const { mallId } = useHere()

  async function search(
    q: string,
    more: { shop?: string | null; variants?: boolean } = {},
  ): Promise<GoodName[]> {
    const query = {
      q: q.trim() || null,
      shop: more.shop ?? null,
      state: 'published' as const,
      limit: 30,
    }
    const params = { path: { mall_id: mallId.value }, query }
    const page = await take(client.GET('/v1/malls/{mall_id}/catalog', { params }))
    return page.items.flatMap((row) => {
      const variants = learn(row)
      return more.variants ? variants : [goods.get(row.id) as GoodName]
    })
  }

  async function ask(id: string): Promise<void> {
    asked.add(id)
    const params = { path: { mall_id: mallId.value, product_id: id } }
    const found = await take(
      client.GET('/v1/malls/{mall_id}/products/{product_id}', { params }),
    ).catch(() => null)
    if (!found) return
    const { name_zh, name_en } = found
    goods.set(id, {
      id,
      productId: id,
      name_zh,
      name_en: name_en || name_zh,
      price_minor: 0,
      picture: null,
    })
  }

  return {
    search,
    named(kind: 'product' | 'variant', id: string): GoodName | undefined {
      if (kind === 'product' && !goods.has(id) && !asked.has(id)) void ask(id)
      return goods.get(id)
    },
  }
}

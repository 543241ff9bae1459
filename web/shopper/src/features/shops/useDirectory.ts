import { Problem, take, type Schemas } from '@galleria/shared'
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { memberClient } from '../../api'
import { useMallGate } from '../mall/useMall'

export type Shop = Schemas['Shop']
export type Category = Schemas['Category']
export type Floor = Schemas['Floor']

export interface Directory {
  mallId: string
  shops: Shop[]
  categories: Category[]
  /** The lowest first; of several buildings one after another. */
  floors: Floor[]
}

const kept = shallowRef<Directory | null>(null)
const problem = shallowRef<Problem | null>(null)
const loading = ref(false)
const { current } = useMallGate()

const directory = computed(() => (kept.value?.mallId === current.value?.id ? kept.value : null))
const shopsById = computed(() => new Map(directory.value?.shops.map((shop) => [shop.id, shop])))
const categoriesById = computed(
  () => new Map(directory.value?.categories.map((category) => [category.id, category])),
)

async function everyShop(mallId: string): Promise<Shop[]> {
  const shops: Shop[] = []
  let cursor: string | null | undefined
  do {
    const page = await take(
      memberClient.GET('/v1/malls/{mall_id}/shops', {
        params: { path: { mall_id: mallId }, query: { limit: 200, cursor } },
      }),
    )
    shops.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return shops
}

async function load(): Promise<void> {
  const mallId = current.value?.id
  if (!mallId) return
  const path = { params: { path: { mall_id: mallId } } }
  loading.value = true
  problem.value = null
  try {
    const [shops, categories, buildings] = await Promise.all([
      everyShop(mallId),
      take(memberClient.GET('/v1/malls/{mall_id}/categories', path)),
      take(memberClient.GET('/v1/malls/{mall_id}/floors', path)),
    ])
    const floors = buildings.flatMap((building) => building.floors)
    kept.value = { mallId, shops, categories, floors }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    problem.value = error
  } finally {
    loading.value = false
  }
}

/** All shops, categories and floors of the mall: small, asked for often, loaded once a visit. */
export function useDirectory(): {
  directory: ComputedRef<Directory | null>
  shopsById: ComputedRef<Map<string, Shop>>
  categoriesById: ComputedRef<Map<string, Category>>
  problem: ShallowRef<Problem | null>
  loading: Ref<boolean>
  load: () => Promise<void>
} {
  if (!directory.value && !loading.value) void load()
  return { directory, shopsById, categoriesById, problem, loading, load }
}

import {
  take,
  useAsync,
  useClient,
  useStream,
  useWrite,
  withKey,
  type Schemas,
} from '@galleria/shared'
import { computed, onScopeDispose } from 'vue'
import { useMall } from '../mall/useMall'
import { useMember } from '../member/useMember'

export type Seating = Schemas['SeatingView']
export type Dish = Schemas['MenuDish']
export type Ordered = Seating['items'][number]

const ASK_AGAIN_MS = 5_000

/** One table, live: what every phone at it and the kitchen do. */
export function useTable(id: string) {
  const api = useClient()
  const { mallId } = useMall()
  const { topics } = useMember()
  const params = { path: { mall_id: mallId.value, seating_id: id } }
  const read = useAsync(() =>
    take(api.GET('/v1/malls/{mall_id}/me/dining/{seating_id}', { params })),
  )
  const seating = computed(() => read.data.value)
  const menu = useAsync(
    () =>
      take(
        api.GET('/v1/malls/{mall_id}/shops/{shop_id}/menu', {
          params: { path: { mall_id: mallId.value, shop_id: seating.value?.shop_id ?? '' } },
        }),
      ),
    { immediate: false },
  )

  async function refresh(): Promise<void> {
    await read.run()
    if (seating.value && !menu.data.value) await menu.run()
  }

  const keep = (next: Seating | null): boolean => {
    if (next) read.data.value = next
    return next !== null
  }
  const adding = useWrite((key, lines: Schemas['WantedDish'][]) =>
    take(
      api.POST('/v1/malls/{mall_id}/me/dining/{seating_id}/items', {
        params,
        body: { lines },
        ...withKey(key),
      }),
    ),
  )
  const changing = useWrite((key, item: string, quantity: number) =>
    take(
      api.PATCH('/v1/malls/{mall_id}/me/dining/{seating_id}/items/{dish_item_id}', {
        params: { path: { ...params.path, dish_item_id: item } },
        body: { quantity },
        ...withKey(key),
      }),
    ),
  )
  const sending = useWrite((key, hold: number | null) =>
    take(
      api.POST('/v1/malls/{mall_id}/me/dining/{seating_id}/send', {
        params,
        body: { hold_from_course: hold },
        ...withKey(key),
      }),
    ),
  )
  const firing = useWrite((key, course: number) =>
    take(
      api.POST('/v1/malls/{mall_id}/me/dining/{seating_id}/fire', {
        params,
        body: { course },
        ...withKey(key),
      }),
    ),
  )
  const calling = useWrite((key, kind: Schemas['CallKind']) =>
    take(
      api.POST('/v1/malls/{mall_id}/me/dining/{seating_id}/calls', {
        params,
        body: { kind, note: '' },
        ...withKey(key),
      }),
    ),
  )
  const takingBack = useWrite((key) =>
    take(
      api.POST('/v1/malls/{mall_id}/me/dining/{seating_id}/bill/back', { params, ...withKey(key) }),
    ),
  )

  void refresh()
  useStream(topics, (event) => {
    if (event === 'dining.menu_changed') void menu.run()
    else if (/^(dining|payments|orders)\./.test(event)) void read.run()
  })
  const timer = window.setInterval(() => {
    if (seating.value?.state === 'billing' && !document.hidden) void read.run()
  }, ASK_AGAIN_MS)
  onScopeDispose(() => clearInterval(timer))

  return {
    seating,
    problem: read.problem,
    menu,
    refresh,
    adding,
    changing,
    sending,
    firing,
    calling,
    takingBack,
    add: async (lines: Schemas['WantedDish'][]) => keep(await adding.run(lines)),
    change: async (item: string, quantity: number) => keep(await changing.run(item, quantity)),
    send: async (hold: number | null) => keep(await sending.run(hold)),
    fire: async (course: number) => keep(await firing.run(course)),
    call: async (kind: Schemas['CallKind']) => keep(await calling.run(kind)),
    takeBack: async () => keep(await takingBack.run()),
  }
}

import {
  take,
  useAsync,
  useClient,
  useStream,
  useWrite,
  withKey,
  type Async,
  type Schemas,
} from '@galleria/shared'
import { computed, onScopeDispose, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useRefusalToast } from '../common/useRefusalToast'
import { useMall } from '../mall/useMall'
import { useMember } from '../member/useMember'

export type Session = Schemas['SessionView']

const ASK_AGAIN_MS = 4_000

/** Begins to scan in a shop, after signing in when need be. */
export function useOpenSession(): { begin: (shopId: string) => Promise<void>; busy: Ref<boolean> } {
  const api = useClient()
  const router = useRouter()
  const route = useRoute()
  const { mallId } = useMall()
  const { signedIn } = useMember()
  const toastRefusal = useRefusalToast()
  const opening = useWrite((key, shopId: string) =>
    take(
      api.POST('/v1/malls/{mall_id}/me/scan-and-go', {
        params: { path: { mall_id: mallId.value } },
        body: { shop_id: shopId },
        ...withKey(key),
      }),
    ),
  )

  async function begin(shopId: string): Promise<void> {
    if (!signedIn.value) {
      await router.push({ name: 'sign-in', query: { next: route.fullPath } })
      return
    }
    const session = await opening.run(shopId)
    if (session) await router.push({ name: 'scan-session', params: { id: session.id } })
    else toastRefusal(opening.problem.value)
  }

  return { begin, busy: opening.busy }
}

/** One basket, live: changed on another phone, seen by staff, paid. */
export function useSession(id: string) {
  const api = useClient()
  const { mallId } = useMall()
  const { topics } = useMember()
  const params = { path: { mall_id: mallId.value, scan_session_id: id } }
  const read: Async<Session> = useAsync(() =>
    take(api.GET('/v1/malls/{mall_id}/me/scan-and-go/{scan_session_id}', { params })),
  )
  const session = computed(() => read.data.value)

  const keep = (next: Session | null): boolean => {
    if (next) read.data.value = next
    return next !== null
  }
  const adding = useWrite((key, body: Schemas['AddScan']) =>
    take(
      api.POST('/v1/malls/{mall_id}/me/scan-and-go/{scan_session_id}/items', {
        params,
        body,
        ...withKey(key),
      }),
    ),
  )
  const changing = useWrite((key, item: string, quantity: number) =>
    take(
      api.PATCH('/v1/malls/{mall_id}/me/scan-and-go/{scan_session_id}/items/{scan_item_id}', {
        params: { path: { ...params.path, scan_item_id: item } },
        body: { quantity },
        ...withKey(key),
      }),
    ),
  )
  const acting = useWrite((key, what: 'age-check' | 'cancel' | 'back') =>
    take(
      api.POST(`/v1/malls/{mall_id}/me/scan-and-go/{scan_session_id}/${what}`, {
        params,
        ...withKey(key),
      }),
    ),
  )
  const placing = useWrite((key, body: Schemas['Pay']) =>
    take(
      api.POST('/v1/malls/{mall_id}/me/scan-and-go/{scan_session_id}/pay', {
        params,
        body,
        ...withKey(key),
      }),
    ),
  )

  useStream(topics, (event, data) => {
    const about = JSON.stringify(data)
    if (about.includes(id) || (session.value?.order_id && about.includes(session.value.order_id))) {
      void read.run()
    } else if (event.startsWith('scango.')) void read.run()
  })
  const timer = window.setInterval(() => {
    const waits = session.value?.state === 'placed' || session.value?.age_check?.state === 'asked'
    if (waits && !document.hidden) void read.run()
  }, ASK_AGAIN_MS)
  onScopeDispose(() => clearInterval(timer))

  return {
    session,
    problem: read.problem,
    refresh: read.run,
    adding,
    changing,
    acting,
    placing,
    add: async (code: string) => keep(await adding.run({ code, quantity: 1 })),
    change: async (item: string, quantity: number) => keep(await changing.run(item, quantity)),
    act: async (what: 'age-check' | 'cancel' | 'back') => keep(await acting.run(what)),
  }
}

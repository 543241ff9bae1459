import {
  take,
  useAsync,
  useClient,
  useStream,
  useWrite,
  withKey,
  type Schemas,
} from '@galleria/shared'
import { computed, ref } from 'vue'
import { useWorkplace } from '../useWorkplace'

export type GateView = Schemas['GateView']

/** The gate: a code is looked up, the bag looked into, and let out or held. */
export function useGate() {
  const client = useClient()
  const { place } = useWorkplace()
  const path = () => ({ mall_id: place.value?.mallId ?? '' })
  const shop = () => place.value?.shopId ?? ''
  const seen = ref<GateView | null>(null)
  const found = ref<{ code: string; quantity: number }[]>([])
  const pieces = computed(() => found.value.reduce((sum, one) => sum + one.quantity, 0))

  const looking = useWrite((key, code: string) =>
    take(
      client.POST('/v1/malls/{mall_id}/gate/lookup', {
        params: { path: path() },
        body: { shop_id: shop(), code },
        ...withKey(key),
      }),
    ),
  )
  const deciding = useWrite((key, body: Schemas['GateDecision']) =>
    take(
      client.POST('/v1/malls/{mall_id}/gate/{scan_session_id}/decision', {
        params: { path: { ...path(), scan_session_id: seen.value?.session_id ?? '' } },
        body,
        ...withKey(key),
      }),
    ),
  )

  async function look(code: string): Promise<boolean> {
    seen.value = await looking.run(code)
    found.value = []
    return seen.value !== null
  }

  function scan(code: string): void {
    const same = found.value.find((one) => one.code === code && !code.startsWith('2'))
    if (same) same.quantity += 1
    else found.value.push({ code, quantity: 1 })
  }

  const decide = (outcome: Schemas['Outcome'], note = '') =>
    deciding.run({ shop_id: shop(), outcome, found: found.value, everything: false, note })

  return { seen, found, pieces, looking, deciding, look, scan, decide }
}

/** Whose age staff of this shop are asked to look at, live. */
export function useAgeChecks() {
  const client = useClient()
  const { place } = useWorkplace()
  const path = () => ({ mall_id: place.value?.mallId ?? '', shop_id: place.value?.shopId ?? '' })
  const read = useAsync(() =>
    take(
      client.GET('/v1/malls/{mall_id}/shops/{shop_id}/age-checks', {
        params: { path: path(), query: { limit: 20 } },
      }),
    ),
  )
  const deciding = useWrite((key, id: string, approve: boolean, reason: string) =>
    take(
      client.POST('/v1/malls/{mall_id}/shops/{shop_id}/age-checks/{age_check_id}', {
        params: { path: { ...path(), age_check_id: id } },
        body: { approve, reason },
        ...withKey(key),
      }),
    ),
  )
  useStream(
    computed(() => (place.value ? [`shop:${place.value.shopId}`] : [])),
    (event) => {
      if (event.startsWith('scango.age')) void read.run()
    },
    { mallId: () => place.value?.mallId },
  )
  const waiting = computed(() =>
    (read.data.value?.items ?? []).filter((one) => one.state === 'asked'),
  )

  async function decide(id: string, approve: boolean, reason = ''): Promise<boolean> {
    const done = await deciding.run(id, approve, reason)
    await read.run()
    return done !== null
  }

  return { waiting, deciding, decide }
}

import {
  take,
  useAsync,
  useClient,
  useServerClock,
  useNow,
  useWrite,
  withKey,
  type Problem,
  type Schemas,
} from '@galleria/shared'
import { computed, onScopeDispose, ref, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { giveSignal } from '../../scan/signal'
import { useMall } from '../mall/useMall'
import { solve } from './proof'
import { createQueue, type Queue } from './queue'
import { stageOf, type Stage } from './stage'

type Page = Schemas['FestivalPage']

const LIVELY_MS = 6_000
const CALM_MS = 30_000

export interface FestivalScreen {
  page: ShallowRef<Page | undefined>
  problem: ShallowRef<Problem | null>
  refresh: () => Promise<void>
  stage: ComputedRef<Stage>
  queue: Queue
  skewMs: Readonly<Ref<number>>
  now: ComputedRef<number>
  district: Ref<string | null>
  /** The voucher being claimed now. */
  claiming: Ref<string>
  refusal: ShallowRef<Problem | null>
  claim: (couponId: string) => Promise<boolean>
}

/** A festival's page, the way through its waiting room, and the claims at its end. */
export function useFestival(id: string): FestivalScreen {
  const api = useClient()
  const { mallId } = useMall()
  const { timed, serverNow, skewMs } = useServerClock()
  const clock = useNow()
  const now = computed(() => clock.value + skewMs.value)
  const district = ref<string | null>(null)
  const params = { path: { mall_id: mallId.value, festival_id: id } }

  const {
    data: page,
    problem,
    run,
  } = useAsync(() =>
    timed(() => take(api.GET('/v1/malls/{mall_id}/festivals/{festival_id}', { params }))),
  )

  const queue = createQueue(id, {
    now: serverNow,
    yourTurn: () => {
      giveSignal('turn')
      void run()
    },
    async prove(signal) {
      if (!page.value?.proof_of_work) return null
      const challenge = await take(
        api.GET('/v1/malls/{mall_id}/festivals/{festival_id}/challenge', { params }),
      )
      return solve(challenge, signal)
    },
    join: (proof) =>
      take(
        api.POST('/v1/malls/{mall_id}/festivals/{festival_id}/queue', {
          params,
          body: { proof, district: district.value },
        }),
      ),
    standing: (ticket) =>
      timed(() =>
        take(
          api.GET('/v1/malls/{mall_id}/festivals/{festival_id}/queue', {
            params: { ...params, query: { ticket } },
          }),
        ),
      ),
  })

  const claiming = ref('')
  const write = useWrite((key, coupon_id: string) =>
    take(
      api.POST('/v1/malls/{mall_id}/festivals/{festival_id}/coupons/{coupon_id}/claims', {
        params: { path: { ...params.path, coupon_id } },
        body: { ticket: queue.state.ticket, district: district.value },
        ...withKey(key),
      }),
    ),
  )

  async function claim(couponId: string): Promise<boolean> {
    claiming.value = couponId
    const got = await write.run(couponId)
    claiming.value = ''
    giveSignal(got ? 'success' : 'refusal')
    await run()
    return got !== null
  }

  let timer = 0
  async function keepFresh(): Promise<void> {
    if (!document.hidden) await run()
    const pause = page.value?.phase === 'live' ? LIVELY_MS : CALM_MS
    timer = window.setTimeout(keepFresh, pause * (0.8 + Math.random() * 0.4))
  }
  timer = window.setTimeout(keepFresh, LIVELY_MS)

  function seenAgain(): void {
    if (document.hidden) return
    void run()
    void queue.look()
  }
  document.addEventListener('visibilitychange', seenAgain)
  window.addEventListener('online', seenAgain)
  onScopeDispose(() => {
    clearTimeout(timer)
    queue.stop()
    document.removeEventListener('visibilitychange', seenAgain)
    window.removeEventListener('online', seenAgain)
  })

  return {
    page,
    problem,
    refresh: run,
    stage: computed(() => (page.value ? stageOf(page.value, queue.state, now.value) : 'before')),
    queue,
    skewMs,
    now,
    district,
    claiming,
    refusal: write.problem,
    claim,
  }
}

import {
  type Schemas,
  take,
  useAsync,
  useClient,
  useProblemText,
  useStream,
  useWrite,
  withKey,
} from '@galleria/shared'
import { ElMessage } from 'element-plus'
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useHere } from '../common/here'
import { useConfirm } from '../common/useConfirm'
import { type RatePoint, withReading } from './festivalForm'

const REST_MS = 1_000
const EVERY_MS = 5_000

/** The board, read again when the mall's stream tells of claims, and now and then when it is silent. */
export function useBoard(id: Ref<string>) {
  const { t } = useI18n()
  const client = useClient()
  const confirm = useConfirm()
  const problemText = useProblemText()
  const { mallId } = useHere()
  const points = shallowRef<RatePoint[]>([])
  let before: { at: number; claimed: number } | null = null
  let asked = 0
  let waiting: ReturnType<typeof setTimeout> | undefined

  const reading = useAsync(async () => {
    const params = { path: { mall_id: mallId.value, festival_id: id.value } }
    return take(client.GET('/v1/malls/{mall_id}/festivals/{festival_id}/board', { params }))
  })
  const board = computed(() => reading.data.value)

  watch(board, (found) => {
    if (!found) return
    const now = { at: Date.parse(found.server_now), claimed: found.claimed }
    points.value = withReading(points.value, before, now)
    before = now
  })

  /** At most once a second, however many claims there are. */
  function refresh(): void {
    if (waiting) return
    waiting = setTimeout(
      () => {
        waiting = undefined
        asked = Date.now()
        void reading.run()
      },
      Math.max(0, asked + REST_MS - Date.now()),
    )
  }

  const { connected } = useStream(
    () => [`mall:${mallId.value}`],
    (event) => {
      if (event.startsWith('festivals.') || event === 'coupons.claimed') refresh()
    },
  )
  const timer = setInterval(refresh, EVERY_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    clearTimeout(waiting)
  })

  const path = computed(() => ({ mall_id: mallId.value, festival_id: id.value }))
  const acting = useWrite((key, act: 'kill' | 'resume' | 'end') => {
    const params = { path: path.value }
    if (act === 'kill') {
      return take(
        client.POST('/v1/malls/{mall_id}/festivals/{festival_id}/kill', {
          params,
          body: { text_zh: '', text_en: '' },
          ...withKey(key),
        }),
      )
    }
    if (act === 'resume') {
      return take(
        client.POST('/v1/malls/{mall_id}/festivals/{festival_id}/resume', {
          params,
          ...withKey(key),
        }),
      )
    }
    return take(
      client.POST('/v1/malls/{mall_id}/festivals/{festival_id}/end', { params, ...withKey(key) }),
    )
  })

  async function act(what: 'kill' | 'resume' | 'end'): Promise<void> {
    // Stopping is not asked twice: it loses nothing and every second counts.
    if (what !== 'kill') {
      const sure = await confirm(
        t(`festivals.ask.${what}`),
        t(`festivals.askDetail.${what}`),
        t(`festivals.act.${what}`),
      )
      if (!sure) return
    }
    const done: Schemas['Festival'] | null = await acting.run(what)
    if (done && board.value) reading.data.value = { ...board.value, festival: done }
    else if (acting.problem.value) ElMessage.error(problemText(acting.problem.value))
    await reading.run()
  }

  return { board, points, connected, reading, act, acting: acting.busy }
}

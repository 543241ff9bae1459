import {
  idempotencyKey,
  Problem,
  take,
  useAsync,
  useClient,
  useProblemText,
  useStream,
  withKey,
} from '@galleria/shared'
import { computed, onScopeDispose, shallowRef, type Ref } from 'vue'
import { useFollowing, whereIsIt } from './position'
import { settle, stillToDo, type Day, type Report, type Shelf } from './reports'
import { openShelf } from './shelf'

const RETRY_EVERY_MS = 15_000
const STORED_AS = 'galleria.rider.day'

type Told = Omit<Report, 'key' | 'mallId' | 'at'>

/** A rider's day: what the server says, less what the phone has done and not been able to tell yet. */
export function useRider(mallId: Ref<string>) {
  const client = useClient()
  const problemText = useProblemText()
  const path = () => ({ mall_id: mallId.value })
  const reports = shallowRef<Report[]>([])
  const shelf: Promise<Shelf> = openShelf()
  let settling: Promise<void> = Promise.resolve()

  const day = useAsync(async () => {
    const found = await take(client.GET('/v1/malls/{mall_id}/rider', { params: { path: path() } }))
    localStorage.setItem(STORED_AS, JSON.stringify(found))
    return found
  })
  const shown = computed<Day | undefined>(() => day.data.value ?? kept())
  const tasks = computed(() => stillToDo(shown.value?.tasks ?? [], reports.value))
  const waiting = computed(() => reports.value.filter((one) => !one.refused))
  const refused = computed(() => reports.value.filter((one) => one.refused))

  async function send(report: Report): Promise<void> {
    const params = { path: { mall_id: report.mallId, task_id: report.taskId } }
    const { at, lat, lon, note = '' } = report
    const picture = report.picture ? await upload(report.mallId, report.picture) : null
    const key = withKey(report.key)
    if (report.what === 'start') {
      const body = { at }
      await client.POST('/v1/malls/{mall_id}/rider/tasks/{task_id}/start', { params, body, ...key })
    } else if (report.what === 'done') {
      const body = { at, lat, lon, note, picture, code: report.code ?? null }
      await client.POST('/v1/malls/{mall_id}/rider/tasks/{task_id}/done', { params, body, ...key })
    } else {
      const body = { at, lat, lon, note, picture, reason: report.reason ?? 'unreachable' }
      await client.POST('/v1/malls/{mall_id}/rider/tasks/{task_id}/fail', { params, body, ...key })
    }
  }

  async function upload(mall: string, picture: Blob): Promise<string> {
    const form = new FormData()
    form.set('file', picture, 'proof.jpg')
    const url = new URL(`/v1/malls/${mall}/rider/pictures`, window.location.origin)
    const response = await client.fetch(new Request(url, { method: 'POST', body: form }))
    return ((await response.json()) as { name: string }).name
  }

  /** The server's words when it said no; null when it could not be asked. */
  function refusal(error: unknown): string | null {
    if (!(error instanceof Problem)) throw error
    const lost = error.code === 'network' || error.status >= 500 || error.status === 401
    return lost ? null : (error.errors[0]?.message ?? (error.title || problemText(error)))
  }

  /** Sends what waits; of several at once each waits its turn, so that every caller knows what became of its own. */
  function sync(): Promise<void> {
    settling = settling.then(once, once)
    return settling
  }

  async function once(): Promise<void> {
    const at = await shelf
    const sent = await settle(at, send, refusal)
    reports.value = await at.all()
    if (sent > 0 || refused.value.length > 0) await day.run()
  }

  /** Keeps what was done and sends it when it can; returns the server's words when it refused at once. */
  async function tell(told: Told): Promise<string | null> {
    const at = await shelf
    const here = told.what === 'start' ? null : await whereIsIt()
    const report: Report = {
      ...told,
      ...here,
      key: idempotencyKey(),
      mallId: mallId.value,
      at: new Date().toISOString(),
    }
    await at.put(report)
    reports.value = await at.all()
    await sync()
    const answer = reports.value.find((one) => one.key === report.key)?.refused ?? null
    if (answer) await dismiss(report.key)
    return answer
  }

  async function dismiss(key: string): Promise<void> {
    const at = await shelf
    await at.remove(key)
    reports.value = await at.all()
  }

  useFollowing(
    computed(() => tasks.value.some((task) => task.kind !== 'pickup' && !task.blocked)),
    (lat, lon) =>
      client.POST('/v1/malls/{mall_id}/rider/position', {
        params: { path: path() },
        body: { lat, lon },
      }),
  )
  useStream(
    () => [`mall:${mallId.value}`],
    (event) => event.startsWith('riders.') && event !== 'riders.followed' && void day.run(),
  )
  const timer = setInterval(() => waiting.value.length && void sync(), RETRY_EVERY_MS)
  const online = () => void sync()
  window.addEventListener('online', online)
  onScopeDispose(() => {
    clearInterval(timer)
    window.removeEventListener('online', online)
  })
  void shelf.then(async (at) => {
    reports.value = await at.all()
    await sync()
  })

  return { day, shown, tasks, waiting, refused, tell, dismiss, sync }
}

function kept(): Day | undefined {
  try {
    return (JSON.parse(localStorage.getItem(STORED_AS) ?? 'null') as Day | null) ?? undefined
  } catch {
    return undefined
  }
}

import { onScopeDispose, readonly, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { useClient } from '../api/client'
import type { Fetch } from '../api/fetch'
import { parseEvents } from './parse'

export type StreamHandler = (event: string, data: unknown) => void

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/** Follows live topics while the screen is visible; reconnects by itself. */
export function useStream(
  topics: MaybeRefOrGetter<string[]>,
  handler: StreamHandler,
  options: { mallId?: MaybeRefOrGetter<string | undefined> } = {},
): { connected: Readonly<Ref<boolean>> } {
  const client = useClient()
  const connected = ref(false)
  let stop: (() => void) | null = null

  function restart(): void {
    stop?.()
    stop = null
    connected.value = false
    const wanted = toValue(topics)
    if (document.hidden || wanted.length === 0) return
    const address = streamAddress(wanted, toValue(options.mallId))
    stop = follow(client.fetch, address, handler, (state) => (connected.value = state))
  }

  watch(() => [toValue(topics).join(','), toValue(options.mallId)].join(), restart, {
    immediate: true,
  })
  document.addEventListener('visibilitychange', restart)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', restart)
    stop?.()
  })
  return { connected: readonly(connected) }
}

/** Topics of shops need their mall beside them, unless one works in just that shop. */
function streamAddress(topics: string[], mallId: string | undefined): URL {
  const url = new URL('/v1/stream', window.location.origin)
  url.searchParams.set('topics', topics.join(','))
  if (mallId) url.searchParams.set('mall_id', mallId)
  return url
}

function follow(
  fetch: Fetch,
  url: URL,
  handler: StreamHandler,
  onState: (connected: boolean) => void,
): () => void {
  const abort = new AbortController()

  async function connect(): Promise<void> {
    const headers = { Accept: 'text/event-stream' }
    const response = await fetch(new Request(url, { signal: abort.signal, headers }))
    if (!response.body) return
    onState(true)
    for await (const { event, data } of parseEvents(response.body)) {
      if (abort.signal.aborted) return
      handler(event, JSON.parse(data))
    }
  }

  async function keepConnected(): Promise<void> {
    let pause = FIRST_PAUSE_MS
    while (!abort.signal.aborted) {
      const startedAt = Date.now()
      await connect().catch(() => undefined)
      if (abort.signal.aborted) return
      onState(false)
      pause = Date.now() - startedAt > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : pause
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)))
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }

  void keepConnected()
  return () => abort.abort()
}

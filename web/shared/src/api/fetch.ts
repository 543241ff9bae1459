import { deviceId } from './deviceId'
import { idempotencyKey } from './idempotency'
import { Problem } from './problem'
import type { Session, Tokens } from './session'

export type Fetch = (request: Request) => Promise<Response>

export interface FetchOptions {
  session: Session
  language: () => string
  onUnauthorized: () => void
  fetch?: Fetch
  pause?: (milliseconds: number) => Promise<void>
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
const MAX_RETRIES = 3
const FIRST_PAUSE_MS = 300
const REFRESH_PATH = '/v1/auth/refresh'

/** One fetch with everything the server expects of a client: who, in which language, once only, and patience. */
export function createFetch(options: FetchOptions): Fetch {
  const { session, language, onUnauthorized } = options
  const send = options.fetch ?? ((request) => fetch(request))
  const pause = options.pause ?? wait
  let refreshing: Promise<boolean> | null = null

  function prepared(original: Request): Request {
    const request = original.clone()
    const tokens = session.read()
    if (tokens) request.headers.set('Authorization', `Bearer ${tokens.access_token}`)
    request.headers.set('Accept-Language', language())
    request.headers.set('Galleria-Device', deviceId())
    return request
  }

  async function patiently(original: Request): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt === MAX_RETRIES
      try {
        const response = await send(prepared(original))
        if (response.status !== 503 || last) return response
      } catch (error) {
        if (original.signal.aborted) throw error
        if (last) throw Problem.network()
      }
      await pause(FIRST_PAUSE_MS * 2 ** attempt)
    }
  }

  /** True when a newer access token is in place; many callers share one refresh. */
  function refresh(used: Tokens, origin: string): Promise<boolean> {
    if (session.read()?.access_token !== used.access_token) {
      return Promise.resolve(session.read() !== null)
    }
    refreshing ??= renew(used, origin).finally(() => {
      refreshing = null
    })
    return refreshing
  }

  async function renew(used: Tokens, origin: string): Promise<boolean> {
    const response = await patiently(
      new Request(new URL(REFRESH_PATH, origin), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey() },
        body: JSON.stringify({ refresh_token: used.refresh_token }),
      }),
    )
    if (response.ok) {
      session.save((await response.json()) as Tokens)
      return true
    }
    if (response.status >= 500) throw await Problem.from(response)
    session.clear()
    return false
  }

  return async (original) => {
    if (!SAFE_METHODS.has(original.method) && !original.headers.has('Idempotency-Key')) {
      original.headers.set('Idempotency-Key', idempotencyKey())
    }
    const used = session.read()
    let response = await patiently(original)
    if (response.status === 401 && used && (await refresh(used, original.url))) {
      response = await patiently(original)
    }
    if (response.status === 401) onUnauthorized()
    if (!response.ok) throw await Problem.from(response)
    return response
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

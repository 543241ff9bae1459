import createOpenapiClient, { type Client } from 'openapi-fetch'
import { inject, type InjectionKey } from 'vue'
import { locale } from '../i18n/locale'
import { createFetch, type Fetch } from './fetch'
import type { paths } from './schema'
import { createSession, type Session, type SessionName } from './session'

export interface GalleriaClient extends Client<paths> {
  readonly session: Session
  /** The same authorised fetch for what openapi-fetch does not cover: streams, uploads, downloads. */
  readonly fetch: Fetch
}

export interface ClientOptions {
  session: SessionName
  onUnauthorized: () => void
}

export function createClient({ session: name, onUnauthorized }: ClientOptions): GalleriaClient {
  const session = createSession(name)
  const authorised = createFetch({ session, language: () => locale.value, onUnauthorized })
  const client = createOpenapiClient<paths>({
    baseUrl: window.location.origin,
    fetch: authorised,
  })
  return Object.assign(client, { session, fetch: authorised })
}

/** The body of a call; refusals were thrown as `Problem` before this sees them. */
export async function take<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T
}

export const clientKey: InjectionKey<GalleriaClient> = Symbol('galleria client')

/** The client of the surrounding shell: the member's in the shop, the staff's in staff mode and console. */
export function useClient(): GalleriaClient {
  const client = inject(clientKey)
  if (!client) throw new Error('No client provided: app.provide(clientKey, client)')
  return client
}

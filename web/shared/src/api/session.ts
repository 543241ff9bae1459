import { computed, ref, type ComputedRef } from 'vue'

export interface Tokens {
  access_token: string
  refresh_token: string
}

export interface Session {
  readonly signedIn: ComputedRef<boolean>
  read: () => Tokens | null
  save: (tokens: Tokens) => void
  clear: () => void
}

/** Members and staff sign in apart, so one phone can hold both. */
export type SessionName = 'galleria.member' | 'galleria.staff'

export function createSession(name: SessionName): Session {
  const tokens = ref(parse(localStorage.getItem(name)))

  // Another tab may have refreshed or signed out meanwhile.
  window.addEventListener('storage', (event) => {
    if (event.key === name) tokens.value = parse(event.newValue)
  })

  return {
    signedIn: computed(() => tokens.value !== null),
    read: () => tokens.value,
    save({ access_token, refresh_token }) {
      tokens.value = { access_token, refresh_token }
      localStorage.setItem(name, JSON.stringify(tokens.value))
    },
    clear() {
      tokens.value = null
      localStorage.removeItem(name)
    },
  }
}

function parse(stored: string | null): Tokens | null {
  try {
    const value = JSON.parse(stored ?? 'null') as Partial<Tokens> | null
    return value?.access_token && value.refresh_token ? (value as Tokens) : null
  } catch {
    return null
  }
}

import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Problem } from '../api/problem'
import { asProblem } from './useAsync'

export interface Page<T> {
  items: T[]
  next_cursor?: string | null
}

export type ListState = 'loading' | 'empty' | 'error' | 'more' | 'end'

export interface Paged<T> {
  items: ShallowRef<T[]>
  problem: ShallowRef<Problem | null>
  loading: Ref<boolean>
  state: ComputedRef<ListState>
  /** Fetches the next page; does nothing while one is under way or at the end. */
  more: () => Promise<void>
  /** Starts over, as after a changed filter; the old rows stay until the new ones are here. */
  reload: () => Promise<void>
}

/** A keyset list: `{items, next_cursor}` page by page. */
export function usePaged<T>(fetchPage: (cursor: string | null) => Promise<Page<T>>): Paged<T> {
  const items = shallowRef<T[]>([])
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(false)
  const ended = ref(false)
  let cursor: string | null = null
  let latest = 0

  const state = computed<ListState>(() => {
    if (problem.value) return 'error'
    if (loading.value) return 'loading'
    if (!ended.value) return 'more'
    return items.value.length === 0 ? 'empty' : 'end'
  })

  async function load(from: string | null): Promise<void> {
    const mine = ++latest
    loading.value = true
    problem.value = null
    try {
      const page = await fetchPage(from)
      if (mine !== latest) return
      items.value = from === null ? page.items : [...items.value, ...page.items]
      cursor = page.next_cursor ?? null
      ended.value = cursor === null
    } catch (error) {
      if (mine === latest) problem.value = asProblem(error)
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  async function more(): Promise<void> {
    if (!loading.value && !ended.value) await load(cursor)
  }

  async function reload(): Promise<void> {
    ended.value = false
    cursor = null
    await load(null)
  }

  void reload()
  return { items, problem, loading, state, more, reload }
}

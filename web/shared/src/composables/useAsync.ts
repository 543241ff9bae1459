import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { Problem } from '../api/problem'

export interface Async<T> {
  data: ShallowRef<T | undefined>
  problem: ShallowRef<Problem | null>
  loading: Ref<boolean>
  run: () => Promise<void>
}

/** One read of a screen: starts at once, keeps old data while it reloads, ignores answers that come late. */
export function useAsync<T>(load: () => Promise<T>, options = { immediate: true }): Async<T> {
  const data = shallowRef<T>()
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(false)
  let latest = 0

  async function run(): Promise<void> {
    const mine = ++latest
    loading.value = true
    try {
      const result = await load()
      if (mine !== latest) return
      data.value = result
      problem.value = null
    } catch (error) {
      if (mine === latest) problem.value = asProblem(error)
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  if (options.immediate) void run()
  return { data, problem, loading, run }
}

/** Lets programming errors through; only what a person can act on becomes a state of the screen. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  throw error
}

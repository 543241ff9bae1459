import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { idempotencyKey } from '../api/idempotency'
import type { Problem } from '../api/problem'
import { asProblem } from './useAsync'

export interface Command<I, T> {
  busy: Ref<boolean>
  /** The refusal of the last try, until the next one starts. */
  problem: ShallowRef<Problem | null>
  /** Returns the answer, or undefined when it was refused or one is already under way. */
  run: (input: I) => Promise<T | undefined>
  clear: () => void
}

/** One command of a screen: busy while it runs, and the same key until the server has answered this input. */
export function useCommand<I, T>(send: (input: I, key: string) => Promise<T>): Command<I, T> {
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let key = ''
  let keyFor = ''

  function keyOf(input: I): string {
    const fingerprint = JSON.stringify(input) ?? ''
    if (!key || fingerprint !== keyFor) key = idempotencyKey()
    keyFor = fingerprint
    return key
  }

  async function run(input: I): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    problem.value = null
    try {
      const answer = await send(input, keyOf(input))
      key = ''
      return answer
    } catch (error) {
      problem.value = asProblem(error)
      const unanswered = problem.value.status === 0 || problem.value.status >= 500
      if (!unanswered) key = ''
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, run, clear: () => (problem.value = null) }
}

import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { idempotencyKey } from '../api/idempotency'
import type { Problem } from '../api/problem'
import { asProblem } from './useAsync'

export interface Write<A extends unknown[], T> {
  busy: Ref<boolean>
  /** The refusal of the last try, until the next one starts. */
  problem: ShallowRef<Problem | null>
  /** Null when it was refused (see `problem`) or one is already under way. */
  run: (...input: A) => Promise<T | null>
  clear: () => void
}

/** One intention of a person: sent once at a time, and with one key until the server has answered it. */
export function useWrite<A extends unknown[], T>(
  send: (key: string, ...input: A) => Promise<T>,
): Write<A, T> {
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let unanswered: { input: string; key: string } | null = null

  async function run(...input: A): Promise<T | null> {
    if (busy.value) return null
    const meant = JSON.stringify(input)
    const key = unanswered?.input === meant ? unanswered.key : idempotencyKey()
    unanswered = { input: meant, key }
    busy.value = true
    problem.value = null
    try {
      const answer = await send(key, ...input)
      unanswered = null
      return answer
    } catch (error) {
      problem.value = asProblem(error)
      if (isAnswer(problem.value)) unanswered = null
      return null
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, run, clear: () => (problem.value = null) }
}

/** A lost connection or a failing server may have done it all the same. */
function isAnswer(problem: Problem): boolean {
  return problem.status >= 400 && problem.status < 500
}

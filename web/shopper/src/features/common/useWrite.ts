import { idempotencyKey, Problem, useProblemText, withKey } from '@galleria/shared'
import { showToast } from 'vant'
import { ref, type Ref } from 'vue'

export interface Write {
  busy: Ref<boolean>
  /** Runs one write; the refusal is shown, or handed to `refused` when the screen has a place for it. */
  run: <T>(
    send: (options: { headers: Record<string, string> }) => Promise<T>,
    refused?: (problem: Problem) => void,
    /** What is asked for, where it can change between two tries: another wish needs another key. */
    meant?: unknown,
  ) => Promise<T | undefined>
}

/** One button's write: busy while it runs, one key until the server has answered, no refusal swallowed. */
export function useWrite(): Write {
  const busy = ref(false)
  const text = useProblemText()
  let key: string | null = null
  let last = ''

  async function run<T>(
    send: (options: { headers: Record<string, string> }) => Promise<T>,
    refused?: (problem: Problem) => void,
    meant?: unknown,
  ): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    const wish = JSON.stringify(meant ?? null)
    if (wish !== last) key = null
    last = wish
    key ??= idempotencyKey()
    try {
      const result = await send(withKey(key))
      key = null
      return result
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (error.code !== 'network' && error.status < 500) key = null
      if (refused) refused(error)
      else showToast({ message: text(error), duration: 4000, wordBreak: 'break-word' })
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { busy, run }
}

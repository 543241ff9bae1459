import { Problem, take, useClient } from '@galleria/shared'
import { ref, shallowRef } from 'vue'

const MOST = 9

/** Pictures uploaded one by one to show what is wrong. */
export function useEvidence(mallId: () => string) {
  const client = useClient()
  const names = ref<string[]>([])
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)

  async function add(files: FileList | null): Promise<void> {
    problem.value = null
    busy.value = true
    try {
      for (const file of [...(files ?? [])].slice(0, MOST - names.value.length)) {
        const name = await send(file)
        if (!names.value.includes(name)) names.value.push(name)
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problem.value = error
    } finally {
      busy.value = false
    }
  }

  async function send(file: File): Promise<string> {
    const body = new FormData()
    body.append('file', file)
    const stored = await take(
      client.POST('/v1/malls/{mall_id}/me/case-pictures', {
        params: { path: { mall_id: mallId() } },
        body: body as never,
        bodySerializer: (form: unknown) => form as FormData,
      }),
    )
    return stored.name
  }

  function remove(name: string): void {
    names.value = names.value.filter((one) => one !== name)
  }

  return { names, busy, problem, add, remove, most: MOST }
}

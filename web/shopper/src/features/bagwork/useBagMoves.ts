import { Problem } from '@galleria/shared'
import { ref } from 'vue'
import { labelOf } from './label'
import { isFine, newScan, send, type NewScan, type Sent } from './scanQueue'
import type { useVerdict } from './useVerdict'

/** Scans bag after bag with one move; says by colour and sound what became of each. */
export function useBagMoves(mallId: () => string, verdict: ReturnType<typeof useVerdict>) {
  const busy = ref(false)

  async function move(
    text: string,
    kind: NewScan['move'],
    done: string,
    more: Partial<NewScan> = {},
  ): Promise<Sent | null> {
    const label = labelOf(text)
    if (!label) {
      verdict.noLabel()
      return null
    }
    busy.value = true
    try {
      const sent = await send({ mallId: mallId(), scan: newScan(kind, label, more) })
      verdict.answered(sent, done)
      return isFine(sent) ? sent : null
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      verdict.refused(error)
      return null
    } finally {
      busy.value = false
    }
  }

  return { busy, move }
}

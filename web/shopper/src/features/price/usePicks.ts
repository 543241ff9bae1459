import type { Problem } from '@galleria/shared'
import { ref, watch, type Ref } from 'vue'
import type { Pick } from './picks'

const STORED_AS = 'galleria.picks'

function read(): Pick[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORED_AS) ?? '[]') as unknown
    return Array.isArray(kept) ? (kept as Pick[]) : []
  } catch {
    return []
  }
}

/** The gifts and add-ons a shopper picked, from the bag to the checkout; remembered while the tab lives. */
export function usePicks(): Ref<Pick[]> {
  const picks = ref(read())
  watch(picks, (now) => sessionStorage.setItem(STORED_AS, JSON.stringify(now)))
  return picks
}

/** A pick may be gone since; then the price is asked for without any, and what can be picked is shown again. */
export function dropStalePicks(picks: Ref<Pick[]>, problem: Ref<Problem | null>): void {
  watch(problem, (now) => {
    if (now?.code === 'pick_not_applicable' && picks.value.length > 0) picks.value = []
  })
}

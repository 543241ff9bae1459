import { localised, Problem, setDisplayZone, take, type Schemas } from '@galleria/shared'
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { memberClient } from '../../api'

export type Mall = Schemas['Mall']

const STORED_AS = 'galleria.mall'
const KEPT_AS = 'galleria.malls'

const malls = shallowRef<Mall[]>([])
const current = shallowRef<Mall>()
const problem = shallowRef<Problem | null>(null)
const loading = ref(false)

/** By link first (`?mall=` code or id), then the mall last visited, then the first there is. */
export function pickMall(all: Mall[], asked: string | null, last: string | null): Mall | undefined {
  const known = (word: string | null) => all.find((mall) => mall.id === word || mall.code === word)
  return known(asked) ?? known(last) ?? all[0]
}

function choose(mall: Mall): void {
  current.value = mall
  localStorage.setItem(STORED_AS, mall.id)
  setDisplayZone(mall.time_zone)
}

function settle(all: Mall[]): void {
  malls.value = all
  const asked = new URLSearchParams(window.location.search).get('mall')
  const mall = pickMall(all, asked, localStorage.getItem(STORED_AS))
  if (mall) choose(mall)
}

/** The malls of the last visit: the first screen opens at once, and a ticket without a network. */
function kept(): Mall[] {
  try {
    const all = JSON.parse(localStorage.getItem(KEPT_AS) ?? '[]') as unknown
    return Array.isArray(all) ? (all as Mall[]) : []
  } catch {
    return []
  }
}

async function load(): Promise<void> {
  loading.value = true
  problem.value = null
  settle(kept())
  try {
    const all = await take(memberClient.GET('/v1/malls'))
    localStorage.setItem(KEPT_AS, JSON.stringify(all))
    settle(all)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    problem.value = error
  } finally {
    loading.value = false
  }
}

export interface MallContext {
  /** The mall one is in; screens are shown only once it is known. */
  mall: ComputedRef<Mall>
  mallId: ComputedRef<string>
  name: ComputedRef<string>
  currency: ComputedRef<string>
  malls: ShallowRef<Mall[]>
  choose: (mall: Mall) => void
}

export function useMall(): MallContext {
  const mall = computed(() => {
    if (!current.value) throw new Error('useMall() needs a MallGate around the screen')
    return current.value
  })
  return {
    mall,
    mallId: computed(() => mall.value.id),
    name: computed(() => localised(mall.value, 'name')),
    currency: computed(() => mall.value.currency),
    malls,
    choose,
  }
}

/** For the gate and the top bar, which stand before any mall is known. */
export function useMallGate(): {
  current: ShallowRef<Mall | undefined>
  malls: ShallowRef<Mall[]>
  problem: ShallowRef<Problem | null>
  loading: Ref<boolean>
  load: () => Promise<void>
} {
  return { current, malls, problem, loading, load }
}

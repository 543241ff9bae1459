import { setDisplayZone, take } from '@galleria/shared'
import { computed, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { staffClient } from '../api'
import type { Mall, Permission } from '../lib/types'
import { allows, mallsWithin, type Breadth } from './permissions'
import { useMe } from './useMe'

const STORED_AS = 'galleria.console.mall'

const all = shallowRef<Mall[]>([])
const chosen = ref(localStorage.getItem(STORED_AS))

const malls = computed(() => mallsWithin(useMe().me.value?.grants ?? [], all.value))
const current = computed(
  () => malls.value.find((mall) => mall.id === chosen.value) ?? malls.value[0] ?? null,
)

watch(current, (mall) => setDisplayZone(mall?.time_zone))

/** The mall the console works in. Pages below the layout may rely on it: they are made anew when it changes. */
export function useMall(): {
  /** Throws where no mall is chosen; only the layout and the sign-in stand outside of one. */
  mall: ComputedRef<Mall>
  mallId: ComputedRef<string>
  currency: ComputedRef<string>
  malls: ComputedRef<Mall[]>
  current: ComputedRef<Mall | null>
  choose: (id: string) => void
  load: () => Promise<void>
  /** Whether one of my grants permits this here: for some shop, the whole mall, or the whole group. */
  may: (permission: Permission, breadth?: Breadth) => boolean
} {
  const mall = computed(() => {
    if (!current.value) throw new Error('No mall chosen')
    return current.value
  })
  return {
    mall,
    mallId: computed(() => mall.value.id),
    currency: computed(() => mall.value.currency),
    malls: computed(() => malls.value),
    current,
    choose(id) {
      chosen.value = id
      localStorage.setItem(STORED_AS, id)
    },
    async load() {
      all.value = await take(staffClient.GET('/v1/malls'))
    },
    may(permission, breadth = 'any') {
      const profile = useMe().me.value
      return (
        !!profile && !!current.value && allows(profile.grants, current.value, permission, breadth)
      )
    },
  }
}

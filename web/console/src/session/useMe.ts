import { Problem, take } from '@galleria/shared'
import { readonly, shallowRef, type Ref, type ShallowRef } from 'vue'
import { staffClient } from '../api'
import type { Profile } from '../lib/types'

const me = shallowRef<Profile | null>(null)
const problem = shallowRef<Problem | null>(null)
let asking: Promise<void> | null = null

async function ask(): Promise<void> {
  problem.value = null
  try {
    me.value = await take(staffClient.GET('/v1/staff/me'))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    problem.value = error
  }
}

/** The signed-in member of staff: profile, grants and what they permit. One for the whole console. */
export function useMe(): {
  me: Readonly<ShallowRef<Profile | null>>
  problem: Readonly<Ref<Problem | null>>
  /** Fetches the profile once; many callers share one request. */
  load: () => Promise<void>
  set: (profile: Profile | null) => void
} {
  return {
    me: readonly(me) as Readonly<ShallowRef<Profile | null>>,
    problem: readonly(problem) as Readonly<Ref<Problem | null>>,
    load: () => (asking ??= ask().finally(() => (asking = null))),
    set: (profile) => (me.value = profile),
  }
}

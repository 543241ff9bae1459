import { Problem, take, type Schemas } from '@galleria/shared'
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { memberClient } from '../../api'

export type Member = Schemas['Member']

const member = shallowRef<Member | null>(null)
let asking: Promise<void> | null = null

async function ask(): Promise<void> {
  try {
    member.value = await take(memberClient.GET('/v1/me'))
  } catch (error) {
    // A screen that needs the profile asks again; those that only greet go without.
    if (!(error instanceof Problem)) throw error
  }
}

function refresh(): Promise<void> {
  asking ??= ask().finally(() => (asking = null))
  return asking
}

watch(
  memberClient.session.signedIn,
  (signedIn) => {
    if (signedIn) void refresh()
    else member.value = null
  },
  { immediate: true },
)

/** Who is signed in on this phone; null for a visitor, and until the profile is here. */
export function useMember(): {
  member: ShallowRef<Member | null>
  signedIn: ComputedRef<boolean>
  /** Live topics of the member, for `useStream`; none for a visitor. */
  topics: ComputedRef<string[]>
  refresh: () => Promise<void>
  /** Takes a profile just answered by the server (sign-in, profile change). */
  keep: (profile: Member) => void
} {
  return {
    member,
    signedIn: memberClient.session.signedIn,
    topics: computed(() => (member.value ? [`member:${member.value.id}`] : [])),
    refresh,
    keep: (profile) => (member.value = profile),
  }
}

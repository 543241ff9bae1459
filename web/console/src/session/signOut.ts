import { Problem, take } from '@galleria/shared'
import { staffClient } from '../api'
import { router } from '../router'
import { useMe } from './useMe'

/** Ends the sign-in here even when the server cannot be told. */
export async function signOut(): Promise<void> {
  try {
    await take(staffClient.POST('/v1/auth/sign-out'))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
  staffClient.session.clear()
  useMe().set(null)
  await router.push({ name: 'sign-in' })
}

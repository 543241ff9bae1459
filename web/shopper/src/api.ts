import { createClient } from '@galleria/shared'
import { router } from './router'

function toSignIn(name: string): () => void {
  return () => {
    const from = router.currentRoute.value
    if (from.name !== name) void router.push({ name, query: { next: from.fullPath } })
  }
}

export const memberClient = createClient({
  session: 'galleria.member',
  onUnauthorized: toSignIn('sign-in'),
})

export const staffClient = createClient({
  session: 'galleria.staff',
  onUnauthorized: toSignIn('staff-sign-in'),
})

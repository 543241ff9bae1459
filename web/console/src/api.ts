import { createClient } from '@galleria/shared'
import { router } from './router'

export const staffClient = createClient({
  session: 'galleria.staff',
  onUnauthorized() {
    const from = router.currentRoute.value
    if (from.name !== 'sign-in') {
      void router.push({ name: 'sign-in', query: { next: from.fullPath } })
    }
  },
})

import { idempotencyKey } from '@galleria/shared'
import { useRoute, useRouter } from 'vue-router'
import { keepPending, type Pending } from './pending'

/** Keeps what was wanted, and asks who wants it. */
export function useSignInFirst(): (action: Pending, next?: string) => void {
  const route = useRoute()
  const router = useRouter()
  return (action, next) => {
    keepPending(action, idempotencyKey())
    void router.push({ name: 'sign-in', query: { next: next ?? route.fullPath } })
  }
}

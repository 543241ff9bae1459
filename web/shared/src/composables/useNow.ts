import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** The clock as a ref, ticking while the component lives. */
export function useNow(everyMs = 1_000): Readonly<Ref<number>> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}

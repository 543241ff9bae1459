import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** A value that follows another one once nobody has changed it for a moment, as a search follows typing. */
export function useDelayed<T>(source: Ref<T>, delayMs = 250): Ref<T> {
  const settled = ref(source.value) as Ref<T>
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => (settled.value = value), delayMs)
  })
  onScopeDispose(() => clearTimeout(timer))
  return settled
}

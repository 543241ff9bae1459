import { computed, type ComputedRef } from 'vue'
import { useMall } from '../../session/useMall'

/** The mall at hand in the words these screens need: its id, its money, its clock, and what one may do there. */
export function useHere() {
  const { current, may } = useMall()
  const zone: ComputedRef<string> = computed(() => current.value?.time_zone ?? 'Asia/Shanghai')
  return {
    mallId: computed(() => current.value?.id ?? ''),
    currency: computed(() => current.value?.currency ?? 'CNY'),
    zone,
    may,
  }
}

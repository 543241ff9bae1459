import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

const SORTS = ['popular', 'newest', 'price_up', 'price_down'] as const
export type Sort = (typeof SORTS)[number]

export function useSorts(): ComputedRef<{ value: Sort; text: string }[]> {
  const { t } = useI18n()
  return computed(() => SORTS.map((value) => ({ value, text: t(`goods.sort.${value}`) })))
}

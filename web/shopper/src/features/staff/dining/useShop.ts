import { useStream } from '@galleria/shared'
import { computed } from 'vue'
import { useWorkplace } from '../useWorkplace'

/** Paths of this counter's shop, and what happens at its tables. */
export function useShop(onDining?: (event: string) => void) {
  const { place, may, profile } = useWorkplace()
  const path = () => ({ mall_id: place.value?.mallId ?? '', shop_id: place.value?.shopId ?? '' })
  if (onDining) {
    useStream(
      computed(() => (place.value ? [`shop:${place.value.shopId}`] : [])),
      (event) => {
        if (/^(dining|orders|payments)\./.test(event)) onDining(event)
      },
      { mallId: () => place.value?.mallId },
    )
  }
  return { path, may, profile }
}

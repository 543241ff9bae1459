import { useStream } from '@galleria/shared'
import { computed } from 'vue'
import { useWorkplace } from './useWorkplace'

/** Tells when anything happens at this counter: paid, refunded, redeemed here or on another phone. */
export function useShopFeed(onChange: () => void): void {
  const { place } = useWorkplace()
  const topics = computed(() => (place.value?.shopId ? [`shop:${place.value.shopId}`] : []))
  useStream(
    topics,
    (event) => {
      if (/^(orders|redemption|returns)\./.test(event)) onChange()
    },
    { mallId: () => place.value?.mallId },
  )
}

import { useStream } from '@galleria/shared'
import { onScopeDispose } from 'vue'
import { useWorkplace } from '../staff/useWorkplace'

const CALM_MS = 400

/** Calls once for a burst of news about bags in this mall. */
export function useMallFeed(changed: () => void): void {
  const { place, may } = useWorkplace()
  let timer = 0
  useStream(
    () => {
      if (!place.value || !may('bag.carry')) return []
      return [place.value.shopId ? `shop:${place.value.shopId}` : `mall:${place.value.mallId}`]
    },
    (event) => {
      if (!event.startsWith('handsfree.')) return
      window.clearTimeout(timer)
      timer = window.setTimeout(changed, CALM_MS)
    },
    { mallId: () => place.value?.mallId },
  )
  onScopeDispose(() => window.clearTimeout(timer))
}

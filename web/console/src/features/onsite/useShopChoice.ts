import { ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useShops } from '../common/useDirectory'

/** The shop that is being set up: the address says which, the first there is otherwise. */
export function useShopChoice(): Ref<string | null> {
  const route = useRoute()
  const router = useRouter()
  const { shops } = useShops()
  const shop = ref<string | null>(typeof route.query.shop === 'string' ? route.query.shop : null)
  watch(shop, (id) => void router.replace({ query: id ? { shop: id } : {} }))
  watch(
    shops,
    (all) => {
      if (!shop.value) shop.value = all[0]?.id ?? null
    },
    { immediate: true },
  )
  return shop
}

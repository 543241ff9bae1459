import { computed, ref } from 'vue'
import { useWorkplace } from '../staff/useWorkplace'

const STORED_AS = 'galleria.rider.mall'
const chosen = ref(localStorage.getItem(STORED_AS))

/** The mall this rider works for; the first of several until another is chosen. */
export function useRiderMall() {
  const { profile } = useWorkplace()
  const malls = computed(() => {
    const mine = (profile.value?.grants ?? []).filter(
      (grant) => grant.mall_id && !grant.shop_id && grant.permissions.includes('deliver'),
    )
    return [...new Map(mine.map((grant) => [grant.mall_id as string, grant])).values()]
  })
  const mallId = computed(() => {
    const known = malls.value.find((grant) => grant.mall_id === chosen.value) ?? malls.value[0]
    return known?.mall_id ?? (profile.value ? null : chosen.value)
  })
  return {
    malls,
    mallId,
    choose(id: string) {
      chosen.value = id
      localStorage.setItem(STORED_AS, id)
    },
  }
}

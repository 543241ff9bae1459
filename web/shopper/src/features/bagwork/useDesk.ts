import { take, useAsync, useClient, type Schemas } from '@galleria/shared'
import { computed, ref } from 'vue'
import { useWorkplace } from '../staff/useWorkplace'

const STORED_AS = 'galleria.bagDesk'
const chosen = ref(localStorage.getItem(STORED_AS) ?? '')

const rank = (desk: Schemas['BagDesk']): number => (desk.kind === 'desk' ? 0 : 1)

/** The desk this phone works at: chosen once, kept. */
export function useDesk() {
  const client = useClient()
  const { place } = useWorkplace()
  const desks = useAsync(async () => {
    const params = { path: { mall_id: place.value?.mallId ?? '' } }
    const all: Schemas['BagDesk'][] = await take(
      client.GET('/v1/malls/{mall_id}/bag-desks', { params }),
    )
    // A desk before car bays and store rooms.
    return all.filter((desk) => desk.open).sort((a, b) => rank(a) - rank(b))
  })
  const desk = computed(() => {
    const all = desks.data.value ?? []
    return all.find((one) => one.id === chosen.value) ?? all[0] ?? null
  })

  function choose(id: string): void {
    chosen.value = id
    localStorage.setItem(STORED_AS, id)
  }

  return { desks, desk, choose }
}

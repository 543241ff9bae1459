import { take, useAsync, useClient, useWrite, withKey, type Schemas } from '@galleria/shared'
import { computed } from 'vue'
import { useWorkplace } from '../staff/useWorkplace'

const ONE = '/v1/malls/{mall_id}/shipments/{shipment_id}'

/** One shipment in a clerk's hands, and everything that can be done to it. */
export function useShipmentWork(shipmentId: () => string) {
  const client = useClient()
  const { place } = useWorkplace()
  const params = computed(() => ({
    path: { mall_id: place.value?.mallId ?? '', shipment_id: shipmentId() },
  }))
  const shipment = useAsync(() => take(client.GET(ONE, { params: params.value })))

  const pick = useWrite((key, body: Schemas['PickRequest']) =>
    take(client.POST(`${ONE}/pick`, { params: params.value, body, ...withKey(key) })),
  )
  const pack = useWrite((key, body: Schemas['PackRequest']) =>
    take(client.POST(`${ONE}/pack`, { params: params.value, body, ...withKey(key) })),
  )
  const split = useWrite((key, body: Schemas['SplitRequest']) =>
    take(client.POST(`${ONE}/split`, { params: params.value, body, ...withKey(key) })),
  )
  const hand = useWrite((key, body: Schemas['HandRequest']) =>
    take(client.POST(`${ONE}/hand`, { params: params.value, body, ...withKey(key) })),
  )
  const move = useWrite((key, body: Schemas['MoveRequest']) =>
    take(client.POST(`${ONE}/move`, { params: params.value, body, ...withKey(key) })),
  )
  const dispatch = useWrite((key, body: Schemas['DispatchRequest']) =>
    take(client.POST(`${ONE}/dispatch`, { params: params.value, body, ...withKey(key) })),
  )
  const fill = useWrite((key, shopId: string) =>
    take(
      client.POST(`${ONE}/fill`, {
        params: params.value,
        body: { shop_id: shopId },
        ...withKey(key),
      }),
    ),
  )
  const stores = useAsync(() => take(client.GET(`${ONE}/stores`, { params: params.value })), {
    immediate: false,
  })
  return { shipment, pick, pack, split, hand, move, dispatch, fill, stores }
}

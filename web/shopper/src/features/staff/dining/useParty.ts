import { take, useAsync, useClient, useWrite, withKey, type Schemas } from '@galleria/shared'
import { useShop } from './useShop'

export type Party = Schemas['SeatingView']

type Plain = 'close' | 'bill/back'
type Reasoned = 'write-off'

/** A party as its waiter has it. */
export function useParty(id: string) {
  const client = useClient()
  const { path, may } = useShop(() => void read.run())
  const params = () => ({ path: { ...path(), seating_id: id } })
  const read = useAsync(() =>
    take(
      client.GET('/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}', { params: params() }),
    ),
  )

  const acting = useWrite((key, what: Plain) =>
    take(
      client.POST(`/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/${what}`, {
        params: params(),
        ...withKey(key),
      }),
    ),
  )
  const forgiving = useWrite((key, what: Reasoned, reason: string) =>
    take(
      client.POST(`/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/${what}`, {
        params: params(),
        body: { reason },
        ...withKey(key),
      }),
    ),
  )
  const dishing = useWrite((key, item: string, what: 'cancel' | 'comp', reason: string) =>
    take(
      client.POST(
        `/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/items/{dish_item_id}/${what}`,
        {
          params: { path: { ...params().path, dish_item_id: item } },
          body: { reason },
          ...withKey(key),
        },
      ),
    ),
  )
  const adding = useWrite((key, lines: Schemas['WantedDish'][]) =>
    take(
      client.POST('/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/items', {
        params: params(),
        body: { lines },
        ...withKey(key),
      }),
    ),
  )
  const sending = useWrite((key) =>
    take(
      client.POST('/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/send', {
        params: params(),
        body: {},
        ...withKey(key),
      }),
    ),
  )
  const knowing = useWrite((key, phone: string) =>
    take(
      client.POST('/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/guests', {
        params: params(),
        body: { phone },
        ...withKey(key),
      }),
    ),
  )
  const moving = useWrite((key, to_table_id: string) =>
    take(
      client.POST('/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/move', {
        params: params(),
        body: { to_table_id },
        ...withKey(key),
      }),
    ),
  )
  const merging = useWrite((key, into_seating_id: string) =>
    take(
      client.POST('/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/merge', {
        params: params(),
        body: { into_seating_id },
        ...withKey(key),
      }),
    ),
  )
  const quoting = () =>
    take(
      client.POST('/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/bill/quote', {
        params: params(),
        body: { best: true, parts: 1 },
      }),
    )
  const billing = useWrite((key, body: Schemas['OpenBill']) =>
    take(
      client.POST('/v1/malls/{mall_id}/shops/{shop_id}/seatings/{seating_id}/bill', {
        params: params(),
        body,
        ...withKey(key),
      }),
    ),
  )
  const cashing = useWrite((key, order_id: string, tender_id: string) =>
    take(
      client.POST('/v1/malls/{mall_id}/orders/{order_id}/cash', {
        params: { path: { mall_id: path().mall_id, order_id } },
        body: { shop_id: path().shop_id, tender_id },
        ...withKey(key),
      }),
    ),
  )
  const tables = () =>
    take(client.GET('/v1/malls/{mall_id}/shops/{shop_id}/tables', { params: { path: path() } }))
  const menu = () =>
    take(client.GET('/v1/malls/{mall_id}/shops/{shop_id}/menu', { params: { path: path() } }))

  return {
    read,
    may,
    acting,
    forgiving,
    dishing,
    adding,
    sending,
    knowing,
    moving,
    merging,
    quoting,
    billing,
    cashing,
    tables,
    menu,
  }
}

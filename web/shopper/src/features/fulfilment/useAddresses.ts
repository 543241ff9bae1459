import { take, useAsync, useClient, useWrite, withKey, type Schemas } from '@galleria/shared'
import { computed } from 'vue'

export type Address = Schemas['Address']
export type NewAddress = Schemas['NewAddress']

/** The signed-in member's address book. */
export function useAddresses(options = { immediate: true }) {
  const client = useClient()
  const list = useAsync(() => take(client.GET('/v1/me/addresses')), options)

  const saving = useWrite((key, id: string | null, body: NewAddress) =>
    id
      ? take(
          client.PATCH('/v1/me/addresses/{address_id}', {
            params: { path: { address_id: id } },
            body,
            ...withKey(key),
          }),
        )
      : take(client.POST('/v1/me/addresses', { body, ...withKey(key) })),
  )
  const removing = useWrite((key, id: string) =>
    take(
      client.DELETE('/v1/me/addresses/{address_id}', {
        params: { path: { address_id: id } },
        ...withKey(key),
      }),
    ),
  )
  return { list, saving, removing, addresses: computed(() => list.data.value?.items ?? []) }
}

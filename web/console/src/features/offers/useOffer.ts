import {
  type Problem,
  type Schemas,
  take,
  useAsync,
  useClient,
  useWrite,
  withKey,
} from '@galleria/shared'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { useHere } from '../common/here'
import { type OfferForm } from './offerForm'
import { formOfOffer, missingInOffer, termsOf } from './offerTerms'
import type { OfferTerms } from './terms'
import { wholeTerms } from './wholeTerms'

/** One offer under the pen: what is stored, what is written, and how it gets from here to there. */
export function useOffer(id: Ref<string>, form: Ref<OfferForm>, merchantId: Ref<string | null>) {
  const client = useClient()
  const { mallId, zone } = useHere()
  const stored = shallowRef<Schemas['OfferDetail'] | null>(null)
  const kept = ref('')
  const missing = ref<Record<string, string>>({})

  const offer = computed(() => stored.value?.offer ?? null)
  const terms = computed<OfferTerms>(() => termsOf(form.value, zone.value))
  const dirty = computed(() => kept.value !== '' && JSON.stringify(form.value) !== kept.value)

  const loading = useAsync(
    async () => {
      if (id.value === 'new' || id.value === offer.value?.id) return
      const params = { path: { mall_id: mallId.value, offer_id: id.value } }
      settle(await take(client.GET('/v1/malls/{mall_id}/offers/manage/{offer_id}', { params })))
    },
    { immediate: false },
  )
  watch(id, () => void loading.run(), { immediate: true })

  function settle(detail: Schemas['OfferDetail']): void {
    stored.value = detail
    form.value = formOfOffer(wholeTerms(detail.offer.terms), zone.value)
    kept.value = JSON.stringify(form.value)
  }

  function put(next: Schemas['ManagedOffer']): void {
    settle({ offer: next, versions: stored.value?.versions ?? [] } as Schemas['OfferDetail'])
  }

  const saving = useWrite((key, body: OfferTerms, version: number | null) => {
    if (version === null) {
      return take(
        client.POST('/v1/malls/{mall_id}/offers/manage', {
          params: { path: { mall_id: mallId.value } },
          body: { terms: body, merchant_id: merchantId.value },
          ...withKey(key),
        }),
      )
    }
    return take(
      client.PATCH('/v1/malls/{mall_id}/offers/{offer_id}', {
        params: { path: { mall_id: mallId.value, offer_id: id.value } },
        body: { terms: body, version },
        ...withKey(key),
      }),
    )
  })

  /** The stored offer once what is written is safe; null while something is wrong. */
  async function save(): Promise<Schemas['ManagedOffer'] | null> {
    missing.value = missingInOffer(form.value)
    if (Object.keys(missing.value).length > 0) return null
    if (offer.value && !dirty.value) return offer.value
    const saved = await saving.run(terms.value, offer.value?.version ?? null)
    if (saved) put(saved)
    return saved
  }

  const problem = computed<Problem | null>(() => saving.problem.value)

  function errorOf(field: string): string | undefined {
    const errors = problem.value?.errors ?? []
    const at = (name: string) =>
      errors.find((error) => error.field === name || error.field.startsWith(`${name}[`))?.message
    return at(field) ?? at(`terms.${field}`)
  }

  return {
    stored,
    offer,
    terms,
    dirty,
    kept,
    missing,
    loading,
    saving,
    problem,
    errorOf,
    save,
    put,
  }
}

import { type Schemas, take, useAsync, useClient, useWrite, withKey } from '@galleria/shared'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { useHere } from '../common/here'
import { type CouponForm, formOfCoupon, inputOf, missingInCoupon } from './couponForm'

type State = Schemas['CouponState']

/** One coupon under the pen: what is in force, what waits to be launched, and what is written. */
export function useCoupon(id: Ref<string>, form: Ref<CouponForm>) {
  const client = useClient()
  const { mallId, zone } = useHere()
  const managed = shallowRef<Schemas['ManagedCoupon'] | null>(null)
  const kept = ref(JSON.stringify(form.value))
  const missing = ref<Record<string, string>>({})
  const coupon = computed(() => managed.value?.coupon ?? null)
  const input = computed(() => inputOf(form.value, zone.value))
  const dirty = computed(() => JSON.stringify(form.value) !== kept.value)

  function settle(found: Schemas['ManagedCoupon']): void {
    managed.value = found
    form.value = formOfCoupon(found.next ?? found.coupon, zone.value)
    kept.value = JSON.stringify(form.value)
  }

  const loading = useAsync(
    async () => {
      if (id.value === 'new') return
      const params = { path: { mall_id: mallId.value, coupon_id: id.value } }
      settle(await take(client.GET('/v1/malls/{mall_id}/coupons/manage/{coupon_id}', { params })))
    },
    { immediate: false },
  )
  watch(id, () => void loading.run(), { immediate: true })

  const saving = useWrite((key, body: Schemas['CouponInput'], known: string | null) => {
    if (!known) {
      const params = { path: { mall_id: mallId.value } }
      return take(
        client.POST('/v1/malls/{mall_id}/coupons/manage', { params, body, ...withKey(key) }),
      )
    }
    const params = { path: { mall_id: mallId.value, coupon_id: known } }
    return take(
      client.PATCH('/v1/malls/{mall_id}/coupons/{coupon_id}', {
        params,
        body: body as Schemas['CouponChange'],
        ...withKey(key),
      }),
    )
  })

  const moving = useWrite((key, state: State) => {
    const params = { path: { mall_id: mallId.value, coupon_id: coupon.value?.id ?? '' } }
    return take(
      client.POST('/v1/malls/{mall_id}/coupons/{coupon_id}/state', {
        params,
        body: { state },
        ...withKey(key),
      }),
    )
  })

  /** The coupon once what is written is safe; null while something is wrong. */
  async function save(): Promise<string | null> {
    moving.clear()
    missing.value = missingInCoupon(form.value)
    if (Object.keys(missing.value).length > 0) return null
    if (coupon.value && !dirty.value) return coupon.value.id
    const saved = await saving.run(input.value, coupon.value?.id ?? null)
    if (!saved) return null
    kept.value = JSON.stringify(form.value)
    if (coupon.value) await loading.run()
    return saved.id
  }

  const problem = computed(() => saving.problem.value ?? moving.problem.value)

  return { managed, coupon, input, dirty, missing, loading, saving, moving, problem, save }
}

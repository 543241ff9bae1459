import { type Schemas, take, useClient, useWrite, withKey } from '@galleria/shared'
import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useHere } from '../common/here'

import { emptyForm, formOf, missingIn, patchOf, type ProductForm } from './productForm'

type State = Schemas['ProductState']

/** A product being written: its form, what is wrong with it, and the writes that bring it on. */
export function useProduct() {
  const { t } = useI18n()
  const client = useClient()
  const { mallId } = useHere()
  const product = shallowRef<Schemas['Product'] | null>(null)
  const form = ref<ProductForm>(emptyForm(null))
  const kept = ref('')
  const missing = ref<Record<string, string>>({})

  const saving = useWrite(async (key, input: { id: string | null; form: ProductForm }) => {
    const patch = patchOf(input.form)
    const path = { mall_id: mallId.value }
    if (input.id) {
      const params = { path: { ...path, product_id: input.id } }
      return take(
        client.PATCH('/v1/malls/{mall_id}/products/{product_id}', {
          params,
          body: patch,
          ...withKey(key),
        }),
      )
    }
    const body = {
      ...patch,
      publish: false,
      code: input.form.code.trim(),
      shop_id: input.form.shop_id ?? '',
    }
    const params = { path }
    return take(client.POST('/v1/malls/{mall_id}/products', { params, body, ...withKey(key) }))
  })

  const moving = useWrite((key, input: { id: string; state: State }) => {
    const params = { path: { mall_id: mallId.value, product_id: input.id } }
    const body = { state: input.state }
    return take(
      client.POST('/v1/malls/{mall_id}/products/{product_id}/state', {
        params,
        body,
        ...withKey(key),
      }),
    )
  })

  const dirty = computed(() => JSON.stringify(patchOf(form.value)) !== kept.value)
  const problem = computed(() => saving.problem.value ?? moving.problem.value)
  const busy = computed(() => saving.busy.value || moving.busy.value)

  function settle(next: Schemas['Product']): void {
    product.value = next
    form.value = formOf(next)
    kept.value = JSON.stringify(patchOf(form.value))
  }

  function start(shopId: string | null): void {
    product.value = null
    form.value = emptyForm(shopId)
    kept.value = JSON.stringify(patchOf(form.value))
  }

  async function load(id: string): Promise<void> {
    const params = { path: { mall_id: mallId.value, product_id: id } }
    settle(await take(client.GET('/v1/malls/{mall_id}/catalog/{product_id}', { params })))
  }

  async function save(): Promise<boolean> {
    moving.clear()
    missing.value = missingIn(form.value)
    if (Object.keys(missing.value).length > 0) return false
    if (product.value && !dirty.value) return true
    const saved = await saving.run({ id: product.value?.id ?? null, form: form.value })
    if (saved) settle(saved)
    return saved !== null
  }

  async function move(state: State): Promise<boolean> {
    if (state === 'published' && !(await save())) return false
    if (!product.value) return false
    const changed = await moving.run({ id: product.value.id, state })
    if (changed) product.value = changed
    return changed !== null
  }

  function errorAt(field: string): string | undefined {
    const local = missing.value[field]
    return (local ? t(local) : undefined) ?? problem.value?.errorOf(field)
  }

  return { product, form, dirty, problem, missing, busy, start, load, save, move, errorAt }
}

import type { Schemas } from '@galleria/shared'

export interface VariantForm {
  /** Keeps a row's fields in place while rows come and go. */
  row: number
  sku: string
  barcode: string
  name_zh: string
  name_en: string
  price_minor: number | null
}

export interface ProductForm {
  shop_id: string | null
  code: string
  kind: Schemas['Kind']
  category_id: string | null
  name_zh: string
  name_en: string
  text_zh: string
  text_en: string
  pictures: string[]
  valid_days: number | null
  weight: number
  variants: VariantForm[]
}

let rows = 0

export function emptyVariant(sku = ''): VariantForm {
  rows += 1
  return { row: rows, sku, barcode: '', name_zh: '', name_en: '', price_minor: null }
}

export function emptyForm(shopId: string | null): ProductForm {
  return {
    shop_id: shopId,
    code: '',
    kind: 'physical',
    category_id: null,
    name_zh: '',
    name_en: '',
    text_zh: '',
    text_en: '',
    pictures: [],
    valid_days: null,
    weight: 0,
    variants: [emptyVariant()],
  }
}

/** Retired variants are left out: they stay known to old orders and cannot be edited. */
export function formOf(product: Schemas['Product']): ProductForm {
  const { code, kind, name_zh, name_en, text_zh, text_en, valid_days, weight } = product
  const variants = product.variants
    .filter((variant) => variant.state === 'active')
    .sort((a, b) => a.position - b.position)
    .map(({ sku, barcode, name_zh: zh, name_en: en, price_minor }) => ({
      ...emptyVariant(sku),
      barcode: barcode ?? '',
      name_zh: zh,
      name_en: en,
      price_minor,
    }))
  return {
    ...{ code, kind, name_zh, name_en, text_zh, text_en, valid_days, weight, variants },
    shop_id: product.shop.id,
    category_id: product.category.id,
    pictures: [...product.pictures],
  }
}

/** What is missing before it makes sense to ask the server: field to message key. */
export function missingIn(form: ProductForm): Record<string, string> {
  const missing: Record<string, string> = {}
  if (!form.shop_id) missing.shop_id = 'desk.required'
  if (!form.code.trim()) missing.code = 'desk.required'
  if (!form.category_id) missing.category_id = 'desk.required'
  if (!form.name_zh.trim()) missing.name_zh = 'desk.required'
  if (!form.name_en.trim()) missing.name_en = 'desk.required'
  form.variants.forEach((variant, i) => {
    if (!variant.sku.trim()) missing[`variants[${i}].sku`] = 'desk.required'
    if (!variant.price_minor) missing[`variants[${i}].price_minor`] = 'goods.priceNeeded'
  })
  return missing
}

/** The form as the API takes it; a validity only goes with a voucher. */
export function patchOf(form: ProductForm) {
  return {
    kind: form.kind,
    category_id: form.category_id ?? '',
    name_zh: form.name_zh.trim(),
    name_en: form.name_en.trim(),
    text_zh: form.text_zh.trim(),
    text_en: form.text_en.trim(),
    pictures: form.pictures,
    valid_days: form.kind === 'voucher' ? form.valid_days : null,
    weight: form.weight,
    variants: form.variants.map(({ sku, barcode, name_zh, name_en, price_minor }) => ({
      sku: sku.trim(),
      barcode: barcode.trim() || null,
      name_zh: name_zh.trim(),
      name_en: name_en.trim(),
      price_minor: price_minor ?? 0,
    })),
  }
}

export function moved<T>(list: T[], from: number, to: number): T[] {
  const next = [...list]
  const [item] = next.splice(from, 1)
  if (item !== undefined) next.splice(to, 0, item)
  return next
}

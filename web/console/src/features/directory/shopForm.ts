import type { Shop } from '../../lib/types'

/** What of a shop is edited. */
export type ShopForm = Pick<
  Shop,
  | 'merchant_id'
  | 'category_id'
  | 'code'
  | 'name_zh'
  | 'name_en'
  | 'about_zh'
  | 'about_en'
  | 'floor_code'
  | 'unit_code'
  | 'hours'
  | 'phone'
  | 'state'
> & { logo: string; picture: string }

export function emptyShop(): ShopForm {
  return {
    merchant_id: '',
    category_id: '',
    code: '',
    name_zh: '',
    name_en: '',
    about_zh: '',
    about_en: '',
    floor_code: '',
    unit_code: '',
    hours: '10:00-22:00',
    phone: '',
    state: 'open',
    logo: '',
    picture: '',
  }
}

export function shopForm(shop: Shop): ShopForm {
  const form = emptyShop()
  const fields = Object.keys(form) as (keyof ShopForm)[]
  return Object.fromEntries(
    fields.map((field) => [field, shop[field] ?? '']),
  ) as unknown as ShopForm
}

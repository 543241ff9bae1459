import { useFormat } from '@galleria/shared'
import { useI18n } from 'vue-i18n'
import { useHere } from '../common/here'
import { useCategories, useMerchants, useShops } from '../common/useDirectory'
import type { Wording } from './sentence'

export function useWording(): Wording {
  const { t } = useI18n()
  const { money, number, ratio, date } = useFormat()
  const { currency } = useHere()
  const { shopName } = useShops()
  const { categoryName } = useCategories()
  const { merchantName } = useMerchants()
  return {
    t: (key, named) => t(key, named ?? {}),
    money: (minor) => money(minor, currency.value),
    number: (value) => number(value),
    ratio,
    at: (instant) => date(instant, 'dateTime'),
    shopName,
    categoryName,
    merchantName,
  }
}

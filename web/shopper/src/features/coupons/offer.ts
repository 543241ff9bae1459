import { locale, useFormat, type Schemas } from '@galleria/shared'
import { useI18n } from 'vue-i18n'
import { useMall } from '../mall/useMall'

type Worth = Pick<
  Schemas['CouponOffer'],
  'kind' | 'amount_minor' | 'percent_bp' | 'cap_minor' | 'threshold_minor'
>
type Scope = Pick<Schemas['CouponOffer'], 'shop_ids' | 'category_ids'>

/** Ten per cent off is 9 tenths of the price, as Chinese says it, and 10 per cent off in English. */
export function offNumber(basisPoints: number, english: boolean): number {
  return english ? basisPoints / 100 : (10_000 - basisPoints) / 1_000
}

/** How much of a coupon is still there, in per cent; never nothing while one is left. */
export function leftPercent(remaining: number, total: number): number {
  if (remaining <= 0) return 0
  return Math.max(1, Math.floor((remaining / total) * 100))
}

/** A whole amount needs no cents on a ticket. */
export function useOffer(): {
  value: (offer: Worth) => string
  condition: (offer: Worth) => string
  scope: (offer: Scope) => string
  plain: (minor: number) => string
} {
  const { t } = useI18n()
  const { money } = useFormat()
  const { currency } = useMall()

  const plain = (minor: number) => money(minor, currency.value).replace(/\.00$/, '')

  return {
    plain,
    value: (offer) =>
      offer.kind === 'amount'
        ? plain(offer.amount_minor ?? 0)
        : t('coupons.percentOff', { off: offNumber(offer.percent_bp ?? 0, locale.value === 'en') }),
    condition: (offer) => {
      const from = offer.threshold_minor
        ? t('coupons.threshold', { amount: plain(offer.threshold_minor) })
        : t('coupons.noThreshold')
      return offer.cap_minor
        ? `${from} · ${t('coupons.cap', { amount: plain(offer.cap_minor) })}`
        : from
    },
    scope: (offer) => {
      if (offer.shop_ids.length > 0) return t('coupons.scopeShops', offer.shop_ids.length)
      if (offer.category_ids.length > 0) return t('coupons.scopeCategories')
      return t('coupons.scopeAll')
    },
  }
}

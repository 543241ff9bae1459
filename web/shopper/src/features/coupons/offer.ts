import { locale, useFormat } from '@galleria/shared'
import { useI18n } from 'vue-i18n'
import { useMall } from '../mall/useMall'

/** What a coupon is worth, whichever list it comes from. */
export interface Worth {
  kind: string
  amount_minor?: number | null
  percent_bp?: number | null
  cap_minor?: number | null
  pay_minor?: number | null
  threshold_minor: number
}

interface Scope {
  shop_ids: string[]
  category_ids: string[]
  product_ids?: string[]
}

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

  function value(offer: Worth): string {
    if (offer.kind === 'amount') return plain(offer.amount_minor ?? 0)
    if (offer.kind === 'percent') {
      return t('coupons.percentOff', {
        off: offNumber(offer.percent_bp ?? 0, locale.value === 'en'),
      })
    }
    if (offer.kind === 'free_delivery') return t('coupons.freeDelivery')
    return offer.pay_minor
      ? t('coupons.exchangeFor', { amount: plain(offer.pay_minor) })
      : t('coupons.exchange')
  }

  return {
    plain,
    value,
    condition: (offer) => {
      const from = offer.threshold_minor
        ? t('coupons.threshold', { amount: plain(offer.threshold_minor) })
        : t('coupons.noThreshold')
      return offer.cap_minor
        ? `${from} · ${t('coupons.cap', { amount: plain(offer.cap_minor) })}`
        : from
    },
    scope: (offer) => {
      if (offer.product_ids?.length) return t('coupons.scopeProducts', offer.product_ids.length)
      if (offer.shop_ids.length > 0) return t('coupons.scopeShops', offer.shop_ids.length)
      if (offer.category_ids.length > 0) return t('coupons.scopeCategories')
      return t('coupons.scopeAll')
    },
  }
}

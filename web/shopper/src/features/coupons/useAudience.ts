import type { Schemas } from '@galleria/shared'
import { useI18n } from 'vue-i18n'

type Audience = Schemas['CouponOffer']['audience']

/** Who may have a coupon, in words; nothing for one that is everybody's. */
export function useAudience(): (offer: { audience: Audience }) => string[] {
  const { t, te } = useI18n()

  function tierName(code: string): string {
    const key = `coupons.tier.${code}`
    return te(key) ? t(key) : code
  }

  return ({ audience }) => {
    const tiers = audience.tiers.map((code) => tierName(String(code)))
    return [
      ...(audience.new_customer ? [t('coupons.forNew')] : []),
      ...(audience.birthday ? [t(`coupons.forBirthday.${audience.birthday}`)] : []),
      ...(tiers.length > 0 ? [t('coupons.forTiers', { tiers: tiers.join(' · ') })] : []),
    ]
  }
}

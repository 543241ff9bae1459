import type { Schemas } from '@galleria/shared'

type Coupon = Schemas['CouponChoice']

/** Which coupons to price with: the best there are, or these and no others. */
export type Choice = { best: true } | { best: false; claimIds: string[] }

export const BEST: Choice = { best: true }

/**
 * Takes a coupon in or out. One that is kept out by another coupon takes its place, for that is what a tap on it means.
 */
export function toggledCoupon(coupons: Coupon[], tapped: string): Choice {
  const applied = coupons.filter((coupon) => coupon.applied).map((coupon) => coupon.claim_id)
  if (applied.includes(tapped)) {
    return { best: false, claimIds: applied.filter((id) => id !== tapped) }
  }
  const beside = coupons.find((coupon) => coupon.claim_id === tapped)?.beside
  return { best: false, claimIds: [...applied.filter((id) => id !== beside), tapped] }
}

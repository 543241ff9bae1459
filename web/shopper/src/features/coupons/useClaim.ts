import {
  take,
  useFormat,
  useProblemText,
  useWrite,
  withKey,
  type Problem,
  type Schemas,
} from '@galleria/shared'
import { showConfirmDialog, showToast } from 'vant'
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { memberClient } from '../../api'
import { useRefusalToast } from '../common/useRefusalToast'
import { useMember } from '../member/useMember'
import { useMall } from '../mall/useMall'
import { useSignInFirst } from '../signin/useSignInFirst'

export function sendClaim(key: string, mallId: string, couponId: string) {
  return take(
    memberClient.POST('/v1/malls/{mall_id}/coupons/{coupon_id}/claims', {
      params: { path: { mall_id: mallId, coupon_id: couponId } },
      ...withKey(key),
    }),
  )
}

/** A refusal in full words, its instants in the mall's own time. */
export function useRefusal(): (problem: Problem) => string {
  const { t, te } = useI18n()
  const { date } = useFormat()
  const problemText = useProblemText()
  return (problem) => {
    const key = `coupons.refused.${problem.code}`
    if (!te(key)) return problemText(problem)
    const named = Object.entries(problem.params).map(([name, value]) => [
      name,
      /_(from|until|at)$/.test(name) ? date(value, 'dateTime') : value,
    ])
    return t(key, Object.fromEntries(named) as Record<string, unknown>)
  }
}

type Claimable = Pick<Schemas['CouponOffer'], 'id' | 'points_price'>

/** Claims coupons from any screen: asks to sign in first, says clearly what became of it. */
export function useClaim(changed: (couponId: string) => unknown): {
  claim: (offer: Claimable) => Promise<boolean>
  /** The coupon being claimed now. */
  claiming: Ref<string | null>
} {
  const { t } = useI18n()
  const { mallId } = useMall()
  const { signedIn } = useMember()
  const signInFirst = useSignInFirst()
  const { number } = useFormat()
  const toastRefusal = useRefusalToast(useRefusal())
  const claiming = ref<string | null>(null)
  const write = useWrite((key, couponId: string) => sendClaim(key, mallId.value, couponId))

  function agreed(points: number): Promise<boolean> {
    if (points === 0) return Promise.resolve(true)
    return showConfirmDialog({
      title: t('coupons.payTitle', { n: number(points) }),
      message: t('coupons.payDetail'),
      confirmButtonText: t('coupons.payYes'),
      cancelButtonText: t('coupons.payNo'),
    }).then(
      () => true,
      () => false,
    )
  }

  async function claim(offer: Claimable): Promise<boolean> {
    if (claiming.value || !(await agreed(offer.points_price))) return false
    if (!signedIn.value) {
      signInFirst({ kind: 'claim', mallId: mallId.value, couponId: offer.id })
      return false
    }
    claiming.value = offer.id
    const answer = await write.run(offer.id)
    claiming.value = null
    if (answer) showToast({ type: 'success', message: t('coupons.claimed') })
    else toastRefusal(write.problem.value)
    changed(offer.id)
    return answer !== null
  }

  return { claim, claiming }
}

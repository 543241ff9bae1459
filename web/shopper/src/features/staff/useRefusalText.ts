import { localised, useFormat } from '@galleria/shared'
import { useI18n } from 'vue-i18n'
import type { Refused } from './scanMachine'

/** A refusal for a clerk: what it is in three words, why in the server's, and what to do now. */
export function useRefusalText(): (refused: Refused) => {
  title: string
  reason: string
  todo: string
} {
  const { t, te } = useI18n()
  const { date } = useFormat()

  function reasonOf({ code, message, params }: Refused): string {
    if (code === 'already_redeemed' && params.at) {
      const shop = { shop_zh: String(params.shop_zh ?? ''), shop_en: String(params.shop_en ?? '') }
      return t('staff.reason.already_redeemed', {
        staff: params.staff ?? '',
        shop: localised(shop, 'shop'),
        at: date(params.at, 'dateTime'),
      })
    }
    if (code === 'ticket_expired' && params.until) {
      return t('staff.reason.ticket_expired', { at: date(params.until, 'dateTime') })
    }
    return message
  }

  return (refused) => {
    const known = te(`staff.refused.${refused.code}`)
    return {
      title: t(known ? `staff.refused.${refused.code}` : 'staff.refused.other'),
      reason: reasonOf(refused),
      todo: te(`staff.todo.${refused.code}`) ? t(`staff.todo.${refused.code}`) : '',
    }
  }
}

import { localised, useFormat } from '@galleria/shared'
import { useI18n } from 'vue-i18n'
import type { OfferChoice } from './decisions'
import { whyNot } from './decisions'

/** Why an offer is left out, in a sentence; amounts in the basket's currency. */
export function useWhy(): (
  one: Parameters<typeof whyNot>[0],
  all: Parameters<typeof whyNot>[1],
  currency: string,
) => string {
  const { t } = useI18n()
  const { money } = useFormat()
  return (one, all, currency) => {
    const why = whyNot(one, all)
    if (!why) return ''
    const named = {
      missing: money(why.missingMinor, currency),
      n: why.pieces,
      beside: why.beside ? localised(why.beside, 'title') : '',
    }
    return t(why.key, named, why.pieces)
  }
}

/** What a few more goods would bring: "12.00 more and 30.00 comes off". */
export function useAlmost(): (offer: OfferChoice, currency: string) => string {
  const { t } = useI18n()
  const { money } = useFormat()
  return (offer, currency) => {
    const kind = offer.missing_pieces > 0 ? 'pieces' : 'money'
    const gain = offer.discount_minor > 0 ? 'Off' : ''
    return t(
      `price.almost.${kind}${gain}`,
      {
        missing: money(offer.missing_minor, currency),
        n: offer.missing_pieces,
        off: money(offer.discount_minor, currency),
      },
      offer.missing_pieces,
    )
  }
}

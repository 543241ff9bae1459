import {
  displayZone,
  formatDate,
  formatMoney,
  formatNumber,
  formatRatio,
  loadLocale,
  locale,
  type Locale,
} from '@galleria/shared'
import { computed, ref, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useHere } from '../common/here'
import { useCategories, useMerchants, useShops } from '../common/useDirectory'
import { useGoodsNames } from './useGoodsNames'
import { useParties } from './useParties'
import type { NamedKind, Say } from './saying'

const BOTH: Locale[] = ['zh-CN', 'en']
const MONDAY = Date.UTC(2024, 0, 1)
const DAY_MS = 86_400_000

type Named = { name_zh?: string | null; name_en?: string | null }

/** The voice of a language, the reader's own unless one is named: both are shown side by side while one writes. */
export function useSay(): (language?: Locale) => Say {
  const { t } = useI18n({ useScope: 'global' })
  const { currency } = useHere()
  const { byId: shops } = useShops()
  const { byId: categories } = useCategories()
  const { merchants } = useMerchants()
  const goods = useGoodsNames()
  const parties = useParties()

  function found(kind: NamedKind, id: string): Named | undefined {
    if (kind === 'shop') return shops.value.get(id)
    if (kind === 'category') return categories.value.get(id)
    if (kind === 'merchant') return merchants.value.find((one) => one.id === id)
    if (kind === 'sponsor') return parties.sponsor(id)
    if (kind === 'coupon') return parties.coupon(id)
    return goods.named(kind, id)
  }

  return (language = locale.value) => ({
    t: (key, named) => t(key, named ?? {}, { locale: language }),
    money: (minor) => formatMoney(minor, currency.value, language).replace(/\.00$/, ''),
    number: (value) => formatNumber(value, language),
    pay: (bp) =>
      language === 'en' ? formatRatio(bp, language) : `${formatNumber(bp / 1000, language)} 折`,
    ratio: (bp) => formatRatio(bp, language),
    at: (instant) => formatDate(instant, 'dateTime', language, displayZone.value),
    weekday: (iso) =>
      new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(
        MONDAY + (iso - 1) * DAY_MS,
      ),
    name(kind, id) {
      const row = found(kind, id)
      if (!row) return ''
      return (language === 'en' ? row.name_en || row.name_zh : row.name_zh || row.name_en) ?? ''
    },
  })
}

/** Both voices; the words of the other language are fetched when somebody first needs them. */
export function useBothVoices(): ComputedRef<{ language: Locale; say: Say }[]> {
  const say = useSay()
  const there = ref<Locale[]>([locale.value])
  for (const language of BOTH) {
    void loadLocale(language).then(
      () => (there.value = BOTH.filter((one) => one === language || there.value.includes(one))),
    )
  }
  return computed(() => there.value.map((language) => ({ language, say: say(language) })))
}

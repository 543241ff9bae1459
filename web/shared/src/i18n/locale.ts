import { ref, readonly } from 'vue'

export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]

const STORED_AS = 'galleria.locale'

export function isLocale(value: unknown): value is Locale {
  return LOCALES.includes(value as Locale)
}

function preferredLocale(): Locale {
  const stored = localStorage.getItem(STORED_AS)
  if (isLocale(stored)) return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

const current = ref<Locale>(preferredLocale())
const zone = ref<string | undefined>()

/** The language a person reads now; change it through `I18n.setLocale`, which loads the words first. */
export const locale = readonly(current)

/** Dates are shown in the mall's own time zone, wherever the phone is. */
export const displayZone = readonly(zone)

export function rememberLocale(next: Locale): void {
  current.value = next
  localStorage.setItem(STORED_AS, next)
  document.documentElement.lang = next
}

export function setDisplayZone(ianaName: string | undefined): void {
  zone.value = ianaName
}

import { createI18n } from 'vue-i18n'
import type { Plugin } from 'vue'
import { locale, rememberLocale, type Locale } from './locale'
import type { MessageTree } from './messages'

type MessageLoaders = Record<Locale, () => Promise<{ default: MessageTree }>>

const sharedMessages: MessageLoaders = {
  'zh-CN': () => import('./messages/zh-CN'),
  en: () => import('./messages/en'),
}

export interface GalleriaI18n {
  /** The vue-i18n plugin: `app.use(i18n.plugin)`. */
  plugin: Plugin
  /** Translate outside components. */
  t: (key: string, named?: Record<string, unknown>) => string
  /** Loads the words of a language beside the one in use, to show a text in both. */
  load: (language: Locale) => Promise<void>
  /** Loads the words of a language, then switches to it. */
  setLocale: (next: Locale) => Promise<void>
}

let active: GalleriaI18n | undefined

/** Loads only the language in use; the other one arrives when somebody switches. */
export async function createGalleriaI18n(messages: MessageLoaders): Promise<GalleriaI18n> {
  const i18n = createI18n({ legacy: false, locale: locale.value, missingWarn: true, messages: {} })
  const loaded = new Set<Locale>()

  async function load(next: Locale): Promise<void> {
    if (loaded.has(next)) return
    const [shared, own] = await Promise.all([sharedMessages[next](), messages[next]()])
    i18n.global.setLocaleMessage(next, { ...shared.default, ...own.default })
    loaded.add(next)
  }

  async function setLocale(next: Locale): Promise<void> {
    await load(next)
    i18n.global.locale.value = next
    rememberLocale(next)
  }

  await setLocale(locale.value)
  active = { plugin: i18n, t: (key, named) => i18n.global.t(key, named ?? {}), load, setLocale }
  return active
}

export function setLocale(next: Locale): Promise<void> {
  if (!active) throw new Error('createGalleriaI18n must run before setLocale')
  return active.setLocale(next)
}

export function loadLocale(language: Locale): Promise<void> {
  if (!active) throw new Error('createGalleriaI18n must run before loadLocale')
  return active.load(language)
}

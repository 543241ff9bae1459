export { clientKey, createClient, take, useClient } from './api/client'
export type { ClientOptions, GalleriaClient } from './api/client'
export type { Fetch } from './api/fetch'
export { deviceId } from './api/deviceId'
export { fileUrl } from './api/files'
export { deviceOf } from './device'
export { idempotencyKey, withKey } from './api/idempotency'
export { Problem, type FieldError } from './api/problem'
export type { Schemas } from './api/schemas'
export type { components, paths } from './api/schema'
export type { Session, SessionName, Tokens } from './api/session'

export { createGalleriaI18n, loadLocale, setLocale, type GalleriaI18n } from './i18n'
export {
  formatDate,
  formatMoney,
  formatNumber,
  formatRatio,
  useFormat,
  type DateStyle,
  type Instant,
} from './i18n/format'
export { localised } from './i18n/localised'
export { displayZone, locale, LOCALES, setDisplayZone, type Locale } from './i18n/locale'
export { collectMessages, type MessageTree } from './i18n/messages'

export { useStream, type StreamHandler } from './stream/useStream'
export { CODE_PERIOD_MS, rotatingCode } from './ticket/rotatingCode'

export { prefersStillness } from './composables/motion'
export { asProblem, useAsync, type Async } from './composables/useAsync'
export { partsOf, useCountdown, type CountdownParts } from './composables/useCountdown'
export { useNow } from './composables/useNow'
export { usePaged, type ListState, type Page, type Paged } from './composables/usePaged'
export { useProblemText } from './composables/useProblemText'
export { skewOf, useServerClock, type ServerClock } from './composables/useServerClock'
export { useTheme, type Theme } from './composables/useTheme'
export { useWakeLock } from './composables/useWakeLock'
export { useWrite, type Write } from './composables/useWrite'

export { default as BrandMark } from './components/BrandMark.vue'
export { default as ChoiceSwitch } from './components/ChoiceSwitch.vue'
export { default as Countdown } from './components/Countdown.vue'
export { default as LiveNumber } from './components/LiveNumber.vue'
export { default as LocaleSwitch } from './components/LocaleSwitch.vue'
export { default as MoneyText } from './components/MoneyText.vue'
export { default as PictureTile } from './components/PictureTile.vue'
export { default as QrCode } from './components/QrCode.vue'
export { default as RotatingTicket } from './components/RotatingTicket.vue'
export { default as StateBlock } from './components/StateBlock.vue'
export { default as ThemeSwitch } from './components/ThemeSwitch.vue'

import { computed } from 'vue'
import { displayZone, locale } from './locale'

export type Instant = Date | string | number

const NARROW_STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

const DATE_STYLES = {
  date: { year: 'numeric', month: 'short', day: 'numeric' },
  day: { weekday: 'short', month: 'short', day: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  dateTime: {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
} satisfies Record<string, Intl.DateTimeFormatOptions>

export type DateStyle = keyof typeof DATE_STYLES

/** Integer minor units to the reader's notation: 12800 CNY is ¥128.00. */
export function formatMoney(minor: number, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(minor / 10 ** digits)
}

export function formatNumber(
  value: number,
  language: string,
  options?: Intl.NumberFormatOptions,
): string {
  return new Intl.NumberFormat(language, options).format(value)
}

/** Basis points to per cent: 1050 is 10.5%. */
export function formatRatio(basisPoints: number, language: string): string {
  return formatNumber(basisPoints / 10_000, language, {
    style: 'percent',
    maximumFractionDigits: 1,
  })
}

export function formatDate(
  at: Instant,
  style: DateStyle,
  language: string,
  timeZone?: string,
): string {
  return new Intl.DateTimeFormat(language, { ...DATE_STYLES[style], timeZone }).format(new Date(at))
}

const LAST_MOMENT_MS = 1_000

/** The last day on which something holds that ends at this instant: at midnight it is the day before. */
export function formatLastDay(
  end: Instant,
  style: DateStyle,
  language: string,
  timeZone?: string,
): string {
  return formatDate(new Date(end).getTime() - LAST_MOMENT_MS, style, language, timeZone)
}

/** "in 5 minutes", "3 天前"; under a minute says "now". */
export function formatRelative(at: Instant, now: Instant, language: string): string {
  const seconds = (new Date(at).getTime() - new Date(now).getTime()) / 1000
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const step = NARROW_STEPS.find(([, size]) => Math.abs(seconds) >= size)
  return step ? format.format(Math.trunc(seconds / step[1]), step[0]) : format.format(0, 'second')
}

/** Formatters bound to the current language and the mall's zone; they follow when either changes. */
export function useFormat() {
  const language = computed<string>(() => locale.value)
  return {
    money: (minor: number, currency = 'CNY') => formatMoney(minor, currency, language.value),
    number: (value: number, options?: Intl.NumberFormatOptions) =>
      formatNumber(value, language.value, options),
    ratio: (basisPoints: number) => formatRatio(basisPoints, language.value),
    date: (at: Instant, style: DateStyle = 'date') =>
      formatDate(at, style, language.value, displayZone.value),
    lastDay: (end: Instant, style: DateStyle = 'date') =>
      formatLastDay(end, style, language.value, displayZone.value),
    relative: (at: Instant, now: Instant = Date.now()) => formatRelative(at, now, language.value),
  }
}

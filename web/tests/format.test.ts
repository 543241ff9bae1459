import { describe, expect, it } from 'vitest'
import { formatDate, formatMoney, formatRatio, formatRelative } from '../shared/src/i18n/format'

describe('money', () => {
  it.each([
    [12_800, 'CNY', 'zh-CN', '¥128.00'],
    [12_800, 'CNY', 'en', '¥128.00'],
    [-1, 'CNY', 'zh-CN', '-¥0.01'],
    [123_456_789, 'CNY', 'en', '¥1,234,567.89'],
    [1_280, 'JPY', 'en', '¥1,280'],
  ])('%i %s in %s is %s', (minor, currency, language, text) => {
    expect(formatMoney(minor, currency, language)).toBe(text)
  })
})

it('writes basis points as per cent', () => {
  expect(formatRatio(1_050, 'en')).toBe('10.5%')
})

it('shows the time of the mall, not of the phone', () => {
  const at = '2026-03-08T10:05:00Z'
  expect(formatDate(at, 'time', 'en', 'Asia/Shanghai')).toBe('18:05')
  expect(formatDate(at, 'date', 'zh-CN', 'Asia/Shanghai')).toBe('2026年3月8日')
})

it.each([
  [5 * 60_000, 'en', 'in 5 minutes'],
  [-3 * 86_400_000, 'zh-CN', '3天前'],
  [20_000, 'en', 'now'],
])('%i ms away in %s is "%s"', (offset, language, text) => {
  expect(formatRelative(1_000_000_000_000 + offset, 1_000_000_000_000, language)).toBe(text)
})

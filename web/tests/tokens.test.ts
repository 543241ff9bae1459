import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(join(process.cwd(), 'shared/src/styles/tokens.css'), 'utf8')

function block(selector: string): Map<string, string> {
  const start = css.indexOf('{', css.indexOf(`${selector} {`))
  const body = css.slice(start + 1, css.indexOf('}', start))
  return new Map(
    [...body.matchAll(/(--g-[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [
      name as string,
      value as string,
    ]),
  )
}

const light = block(':root')
const dark = new Map([...light, ...block(":root[data-theme='dark']")])

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [
    number,
    number,
    number,
  ]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const TEXT_ON_GROUND = ['ink', 'ink-2', 'ink-3', 'accent', 'good', 'warn', 'bad', 'info'].flatMap(
  (text) => ['ground', 'surface'].map((ground) => [text, ground]),
)
const TEXT_PAIRS = [
  ...TEXT_ON_GROUND,
  ['ink', 'sunken'],
  ['ink', 'raised'],
  ['ink-2', 'sunken'],
  ['paper-ink', 'paper'],
  ['night-ink-2', 'night'],
  ['signal-ink', 'signal-good'],
  ['signal-ink', 'signal-bad'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['accent-strong', 'accent-soft'],
  ...['good', 'warn', 'bad', 'info'].map((tone) => [tone, `${tone}-soft`]),
] as [string, string][]

describe.each([
  ['light', light],
  ['dark', dark],
])('%s mode', (_mode, tokens) => {
  const colour = (name: string) => tokens.get(`--g-${name}`) as string

  it.each(TEXT_PAIRS)('%s reads on %s (AA, 4.5)', (text, ground) => {
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['line-strong', 'chart-1', 'chart-2', 'chart-3', 'chart-4', 'chart-5', 'chart-6'])(
    '%s is seen on the surface (AA, 3.0)',
    (name) => {
      expect(contrast(colour(name), colour('surface'))).toBeGreaterThanOrEqual(3)
    },
  )
})

it('is equally dark by system and by choice', () => {
  const bySystem = block(":root:not([data-theme='light'])")
  expect(bySystem.size).toBeGreaterThan(20)
  expect([...bySystem]).toEqual([...block(":root[data-theme='dark']")])
})

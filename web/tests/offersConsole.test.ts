import { describe, expect, it } from 'vitest'
import { daysOf, lanesOf, moved, overlapOf } from '../console/src/features/offers/calendar/lanes'
import { asPreset, emptyOffer, emptyScope } from '../console/src/features/offers/offerForm'
import {
  formOfOffer,
  missingInOffer,
  sharedPercent,
  termsOf,
} from '../console/src/features/offers/offerTerms'
import { ALL_PRESETS } from '../console/src/features/offers/presets'
import { readingOf, sentencesOf } from '../console/src/features/offers/reading'
import { sampleOf } from '../console/src/features/offers/sample'
import type { Say } from '../console/src/features/offers/saying'
import { senseOf } from '../console/src/features/offers/sense'
import chinese from '../console/src/messages/zh-CN/offerSay.json'
import english from '../console/src/messages/en/offerSay.json'

const ZONE = 'Asia/Shanghai'
const NOW = Date.parse('2026-11-22T02:00:00Z')

type Tree = { [key: string]: string | Tree }

function voice(words: Tree, pay: (bp: number) => string): Say {
  return {
    t(key, named = {}) {
      const found = key
        .split('.')
        .slice(1)
        .reduce<string | Tree | undefined>(
          (tree, name) => (tree as Tree | undefined)?.[name],
          words,
        )
      if (typeof found !== 'string') throw new Error(key)
      return found.replace(/\{(\w+)\}/g, (_, name: string) => String(named[name]))
    },
    money: (minor) => `¥${minor / 100}`,
    number: String,
    pay,
    ratio: (bp) => `${bp / 100}%`,
    at: (instant) => instant.slice(0, 10),
    weekday: (iso) => `D${iso}`,
    name: (kind, id) => (id === 'unknown' ? '' : `${kind} ${id}`),
  }
}

const zh = voice(chinese, (bp) => `${bp / 1000} 折`)
const en = voice(english, (bp) => `${bp / 100}%`)

function written(preset: Parameters<typeof emptyOffer>[0]) {
  const form = emptyOffer(preset, NOW, ZONE, null)
  return { ...form, title_zh: '名称', title_en: 'Name' }
}

describe('an offer that is written', () => {
  it.each(ALL_PRESETS)('comes back from its terms as it went in: %s', (preset) => {
    const form = written(preset)
    const terms = termsOf(form, ZONE)
    expect(termsOf(formOfOffer(terms, ZONE), ZONE)).toEqual(terms)
  })

  it('begins tomorrow at midnight of the mall and holds two weeks', () => {
    const { eligibility } = termsOf(written('percent_off'), ZONE)
    expect(eligibility.starts_at).toBe('2026-11-22T16:00:00.000Z')
    expect(eligibility.ends_at).toBe('2026-12-06T16:00:00.000Z')
  })

  it('says every second item at half its price', () => {
    const { benefit } = termsOf(written('half_price_second'), ZONE)
    expect(benefit).toMatchObject({ kind: 'set', size: 2, discounted: 1, pay_bp: 5000 })
  })

  it('counts only what is bought when other goods become cheaper', () => {
    const form = { ...written('buy_n_get_m'), discounted: emptyScope() }
    expect(termsOf(form, ZONE).benefit).toMatchObject({ size: 2, discounted: 1, pay_bp: 0 })
  })

  it('keeps hours until midnight', () => {
    const form = { ...written('percent_off'), hours: [{ from: '20:30', to: '00:00' }] }
    const terms = termsOf(form, ZONE)
    expect(terms.eligibility.minutes).toEqual([[1230, 1440]])
    expect(formOfOffer(terms, ZONE).hours).toEqual([{ from: '20:30', to: '00:00' }])
  })

  it('keeps goods, time and payers when it becomes another kind', () => {
    const form = { ...written('percent_off'), counted: { ...emptyScope(), shop_ids: ['s'] } }
    const other = asPreset(form, 'gift', NOW, ZONE)
    expect(other).toMatchObject({ preset: 'gift', shape: 'gift', counted: { shop_ids: ['s'] } })
    expect(other.stacking.layer).toBe('set')
  })

  it('misses what it cannot do without', () => {
    const form = emptyOffer('limited_price', NOW, ZONE, null)
    expect(Object.keys(missingInOffer(form))).toEqual(['title_zh', 'title_en', 'price_minor'])
    const shares = [
      { funder: 'mall' as const, funder_id: null, percent: 33.33 },
      { funder: 'merchant' as const, funder_id: null, percent: 66.67 },
    ]
    expect(sharedPercent(shares)).toBe(100)
    expect(missingInOffer({ ...written('percent_off'), shares: [] }).shares).toBe(
      'offers.wrong.shares',
    )
  })
})

describe('the reading of an offer', () => {
  it('is told in both languages for every kind', () => {
    for (const preset of ALL_PRESETS) {
      const terms = termsOf(written(preset), ZONE)
      for (const say of [zh, en]) {
        expect(sentencesOf(readingOf(terms, say), say)).not.toMatch(/undefined|\{|null/)
      }
    }
  })

  it('names the goods, the shop and what is left out', () => {
    const counted = {
      ...emptyScope(),
      shop_ids: ['a'],
      category_ids: ['tea'],
      except_product_ids: ['x'],
    }
    const terms = termsOf({ ...written('half_price_second'), counted }, ZONE)
    expect(readingOf(terms, zh).what).toBe(
      'shop a 的 category tea（product x 除外），每 2 件中有 1 件 5 折',
    )
    expect(readingOf(terms, en).what).toBe(
      'category tea at shop a (except product x): of every 2, 1 at 50% of the price',
    )
  })

  it('counts what it cannot name yet', () => {
    const counted = { ...emptyScope(), product_ids: ['unknown', 'unknown'] }
    const terms = termsOf({ ...written('percent_off'), counted }, ZONE)
    expect(readingOf(terms, en).what).toContain('2 products')
  })

  it('says who pays how much', () => {
    const shares = [
      { funder: 'mall' as const, funder_id: null, percent: 50 },
      { funder: 'sponsor' as const, funder_id: 'bank', percent: 50 },
    ]
    const terms = termsOf({ ...written('percent_off'), shares }, ZONE)
    expect(readingOf(terms, en).paid).toBe('Paid for by the mall 50%, sponsor bank 50%')
  })
})

describe('sense', () => {
  const codes = (change: Partial<ReturnType<typeof written>>) =>
    senseOf(termsOf({ ...written('percent_off'), ...change }, ZONE)).map(({ code }) => code)

  it('wonders at depth, at a large budget and at no end', () => {
    expect(codes({ percent: 75 })).toContain('deep')
    expect(codes({ percent: 100 })).toContain('free')
    expect(codes({ ends_at: '' })).toContain('open_end')
    const limits = { ...written('percent_off').limits, budget_minor: 50_000_000 }
    expect(codes({ limits })).toContain('budget_zero_too_many')
  })

  it('is quiet about a small offer for some', () => {
    const limits = { ...written('percent_off').limits, total: 100 }
    const counted = { ...emptyScope(), shop_ids: ['s'] }
    expect(codes({ limits, counted })).toEqual([])
  })
})

describe('a sample', () => {
  it('shows the price of as many as it takes', () => {
    expect(sampleOf(termsOf(written('half_price_second'), ZONE), 1001)).toEqual({
      pieces: 2,
      before: 2002,
      after: 1502,
    })
    const form = { ...written('amount_off'), threshold_minor: 10_000, amount_minor: 1_000 }
    expect(sampleOf(termsOf(form, ZONE), 3_000)).toEqual({
      pieces: 4,
      before: 12_000,
      after: 11_000,
    })
  })

  it('never goes below nothing, and never makes a good dearer', () => {
    const off = { ...written('amount_off'), threshold_minor: null, amount_minor: 9_000 }
    expect(sampleOf(termsOf(off, ZONE), 100)?.after).toBe(0)
    const dear = { ...written('limited_price'), price_minor: 9_000 }
    expect(sampleOf(termsOf(dear, ZONE), 100)?.after).toBe(100)
  })
})

describe('the calendar', () => {
  const span = (id: string, starts: number, ends: number | null) => ({ id, starts, ends })
  const window_ = { from: 0, to: 100 }

  it('lays what overlaps under each other and cuts at the edges', () => {
    const [lane] = lanesOf(
      [span('a', -50, 50), span('b', 20, 60), span('c', 60, null)],
      window_,
      () => ['x'],
    )
    expect(lane?.bars.map(({ item, row }) => [item.id, row])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 0],
    ])
    expect(lane).toMatchObject({ rows: 2, overlap: 2 })
    expect(lane?.bars[0]).toMatchObject({ left: 0, width: 0.5, opensBefore: true })
    expect(lane?.bars[2]).toMatchObject({ left: 0.6, width: 0.4, endsAfter: true })
  })

  it('leaves out what is over or still to come', () => {
    expect(lanesOf([span('a', -9, 0), span('b', 100, 120)], window_, () => ['x'])).toEqual([])
  })

  it('does not call it an overlap when one begins as the other ends', () => {
    expect(overlapOf([span('a', 0, 10), span('b', 10, 20)])).toBe(1)
  })

  it('shows weeks from Monday and whole months', () => {
    expect(daysOf('2026-11-22', 'week')[0]).toBe('2026-11-16')
    expect(daysOf('2026-02-10', 'month')).toHaveLength(28)
    expect(moved('2026-11-30', 'month', 1)).toBe('2026-12-01')
    expect(moved('2026-11-22', 'week', -1)).toBe('2026-11-15')
  })
})

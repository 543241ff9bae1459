import { describe, expect, it } from 'vitest'
import { KINDS, readable, sentenceKey, subjectLink } from '../console/src/features/audit/sentences'
import { change, lastDays, linePath, running } from '../console/src/features/dashboard/figures'
import { inTreeOrder, rootsOf } from '../console/src/features/directory/categoryTree'
import { importProblem } from '../console/src/features/directory/importProblems'
import { centreOf, pathOf, projectionOf } from '../console/src/features/directory/plan'
import { eventsOn, monthPlus, sheetOf } from '../console/src/features/events/month'
import { scopesFor, wanted } from '../console/src/features/staff/grants'
import { changesOf } from '../console/src/lib/changes'
import { fileName } from '../console/src/lib/download'
import type { Category, Grant, MallEvent } from '../console/src/lib/types'
import chinese from '../console/src/messages/zh-CN/audit.json'
import { allows, mallsWithin } from '../console/src/session/permissions'

const mall = { id: 'm1', group_id: 'g' }
const grant = (part: Partial<Grant>): Grant => ({
  role: 'operator',
  group_id: 'g',
  permissions: ['report.read'],
  ...part,
})

describe('permissions', () => {
  it('hold in the mall they were given for, and in all malls when none is named', () => {
    expect(allows([grant({ mall_id: 'm2' })], mall, 'report.read')).toBe(false)
    expect(allows([grant({})], mall, 'report.read', 'group')).toBe(true)
    expect(allows([grant({ mall_id: 'm1' })], mall, 'report.read', 'group')).toBe(false)
  })

  it('of a shop do not reach the mall', () => {
    const ofShop = [grant({ mall_id: 'm1', shop_id: 's' })]
    expect(allows(ofShop, mall, 'report.read')).toBe(true)
    expect(allows(ofShop, mall, 'report.read', 'mall')).toBe(false)
    expect(allows(ofShop, mall, 'audit.read')).toBe(false)
  })

  it('show the malls of the grants only', () => {
    const malls = [mall, { id: 'm2', group_id: 'g' }, { id: 'm3', group_id: 'other' }]
    const ids = (grants: Grant[]) => mallsWithin(grants, malls as never).map(({ id }) => id)
    expect(ids([grant({})])).toEqual(['m1', 'm2'])
    expect(ids([grant({ mall_id: 'm2' })])).toEqual(['m2'])
  })
})

describe('figures', () => {
  it('compare with what was, and not with nothing', () => {
    expect(change(150, 100)).toBe(5000)
    expect(change(5, 0)).toBeUndefined()
  })

  it('draw a day that is under way', () => {
    expect(running([1, 2, 3])).toEqual([1, 3, 6])
    expect(linePath([0, 5], { width: 100, height: 10, steps: 3, top: 10 })).toBe(
      'M0.0 10.0L50.0 5.0',
    )
  })

  it('count days backwards over a month', () => {
    expect(lastDays('2026-03-01', 2)).toEqual({ from: '2026-02-28', to: '2026-03-01' })
  })
})

describe('journal', () => {
  it('has a sentence and a name for every kind it offers', () => {
    const say = chinese.say as Record<string, unknown>
    const name = chinese.name as Record<string, Record<string, string>>
    for (const [module, names] of Object.entries(KINDS)) {
      for (const one of names) {
        expect((say[module] as Record<string, string>)[one], `${module}.${one}`).toContain(
          '{actor}',
        )
        expect(name[module]?.[one]).toBeTruthy()
      }
    }
    expect(sentenceKey('live.start')).toBe('audit.say.other')
  })

  it('links what has a page', () => {
    expect(subjectLink('malls.change_shop', 's1', () => true)).toMatchObject({ name: 'shop' })
    expect(subjectLink('malls.change_shop', 's1', () => false)).toBeNull()
    expect(subjectLink('media.store', 'x.webp', () => true)).toBeNull()
  })

  it('never shows a secret', () => {
    expect(readable({ login: 'li', password: 'hush' })).not.toContain('hush')
  })
})

describe('directory', () => {
  const category = (id: string, parent_id: string | null, position: number) =>
    ({ id, parent_id, position }) as Category

  it('reads categories as a tree', () => {
    const found = inTreeOrder([
      category('b', null, 2),
      category('a', null, 1),
      category('a1', 'a', 1),
    ])
    expect(found.map(({ category: { id }, depth }) => [id, depth])).toEqual([
      ['a', 0],
      ['a1', 1],
      ['b', 0],
    ])
    expect(rootsOf([category('a', null, 1), category('a1', 'a', 1)]).get('a1')?.id).toBe('a')
  })

  it('draws a plan north up', () => {
    const ring: [number, number][] = [
      [0, 0],
      [2, 0],
      [2, 1],
      [0, 1],
    ]
    const projection = projectionOf([ring])
    expect(projection && pathOf([ring], projection)).toBe(
      'M0.0 500.0L1000.0 500.0L1000.0 0.0L0.0 0.0Z',
    )
    expect(centreOf(ring)).toEqual([1, 0.5])
  })

  it('takes problems apart into file, place and field', () => {
    const error = { field: 'shops.csv:14:name_zh', message: 'm' }
    expect(importProblem(error, ['shops.csv'])).toEqual({
      file: 'shops.csv',
      at: '14',
      field: 'name_zh',
      message: 'm',
    })
    expect(importProblem({ field: 'files', message: 'm' }, [])).toMatchObject({
      file: 'files',
      at: '',
    })
  })

  it('sends only what changed', () => {
    expect(changesOf({ a: 'x', b: undefined as string | undefined }, { a: 'x', b: 'y' })).toEqual({
      b: 'y',
    })
    expect(changesOf({ logo: '' }, { logo: '' })).toEqual({})
  })

  it('takes the name of a file from the server', () => {
    expect(fileName('attachment; filename="sales.csv"')).toBe('sales.csv')
    expect(fileName(null)).toBeNull()
  })
})

describe('events', () => {
  it('lay out a month from Monday', () => {
    const weeks = sheetOf('2026-11')
    expect(weeks[0]?.[0]).toBe('2026-10-26')
    expect(weeks.at(-1)?.[0]).toBe('2026-11-30')
    expect(monthPlus('2026-12', 1)).toBe('2027-01')
  })

  it('touch the days of the mall, not the day after midnight', () => {
    const event = {
      starts_at: '2026-11-21T17:00:00Z',
      ends_at: '2026-11-22T16:00:00Z',
    } as MallEvent
    const on = (day: string) => eventsOn(day, [event], 'Asia/Shanghai').length
    expect([on('2026-11-21'), on('2026-11-22'), on('2026-11-23')]).toEqual([0, 1, 0])
  })
})

describe('grants', () => {
  it('offer only what the giver could hold', () => {
    expect(scopesFor('operator', { group: false, mall: false })).toEqual([])
    expect(scopesFor('operator', { group: false, mall: true })).toEqual(['mall'])
  })

  it('say one scope to the server', () => {
    const draft = { role: 'clerk', scope: 'shop', merchant_id: 'm', shop_id: 's' } as const
    expect(wanted(draft)).toEqual({
      role: 'clerk',
      merchant_id: null,
      shop_id: 's',
      whole_group: false,
    })
  })
})

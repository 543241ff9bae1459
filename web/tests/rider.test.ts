import { describe, expect, it } from 'vitest'
import {
  memoryShelf,
  settle,
  stillToDo,
  type Report,
  type Task,
} from '../shopper/src/features/rider/reports'
import { sketch } from '../shopper/src/features/rider/sketch'
import { betweenPlaces } from '../shopper/src/features/fulfilment/whereabouts'

function report(over: Partial<Report>): Report {
  const at = '2026-11-22T03:00:00Z'
  return { key: 'k1', mallId: 'm', taskId: 't1', what: 'done', at, ...over }
}

function task(over: Partial<Task>, lat?: number, lon?: number): Task {
  const stop = {
    name: '',
    address: '',
    phone: '',
    floor: '',
    unit: '',
    lat: lat ?? null,
    lon: lon ?? null,
  }
  return {
    id: 't1',
    errand_id: 'e1',
    kind: 'pickup',
    state: 'todo',
    blocked: false,
    stop,
    ...over,
  } as Task
}

const lost = () => Promise.reject(new Error('lost'))
const isLost = (error: unknown) =>
  (error as Error).message === 'lost' ? null : (error as Error).message

describe('reports made without a network', () => {
  it('stay until the network is back, and are told in the order they were made', async () => {
    const shelf = memoryShelf()
    await shelf.put(report({ key: 'later', at: '2026-11-22T03:05:00Z' }))
    await shelf.put(report({ key: 'first', at: '2026-11-22T03:01:00Z' }))
    expect(await settle(shelf, lost, isLost)).toBe(0)
    expect((await shelf.all()).length).toBe(2)
    const told: string[] = []
    const send = (one: Report) => Promise.resolve(void told.push(one.key))
    expect(await settle(shelf, send, isLost)).toBe(2)
    expect(told).toEqual(['first', 'later'])
    expect(await shelf.all()).toEqual([])
  })

  it('are sent with the same key again when the answer was lost', async () => {
    const shelf = memoryShelf()
    await shelf.put(report({}))
    const keys: string[] = []
    const send = (one: Report) => {
      keys.push(one.key)
      return keys.length < 3 ? lost() : Promise.resolve()
    }
    for (let i = 0; i < 3; i += 1) await settle(shelf, send, isLost)
    expect(keys).toEqual(['k1', 'k1', 'k1'])
  })

  it('are kept with the reason when refused, and hold up no other', async () => {
    const shelf = memoryShelf()
    await shelf.put(report({ key: 'a' }))
    await shelf.put(report({ key: 'b', taskId: 't2' }))
    const send = (one: Report) =>
      one.key === 'a' ? Promise.reject(new Error('收货码不对')) : Promise.resolve()
    expect(await settle(shelf, send, isLost)).toBe(1)
    expect(await shelf.all()).toEqual([report({ key: 'a', refused: '收货码不对' })])
    expect(await settle(shelf, send, isLost)).toBe(0)
  })
})

describe('what is still to do', () => {
  const tasks = [task({}), task({ id: 't2', kind: 'dropoff', blocked: true })]

  it('is free once its goods are fetched, though nobody was told yet', () => {
    expect(stillToDo(tasks, [report({})])).toEqual([{ ...tasks[1], blocked: false }])
  })

  it('comes back when the server refused the report', () => {
    expect(stillToDo(tasks, [report({ refused: 'no' })])).toEqual(tasks)
  })
})

describe('the sketch of a route', () => {
  it('keeps inside its frame, north above, and puts stops at one place together', () => {
    const dots = sketch(
      [
        task({}, 31.23, 121.47),
        task({ kind: 'dropoff' }, 31.24, 121.47),
        task({}, 31.23, 121.47),
        task({ kind: 'dropoff' }, 31.22, 121.49),
        task({ kind: 'dropoff' }),
      ],
      340,
      150,
    )
    expect(dots.map((dot) => dot.label)).toEqual(['', '2', '4'])
    const [shop, north, south] = dots.map((dot) => dot.y)
    expect(north).toBeLessThan(shop ?? 0)
    expect(south).toBeGreaterThan(shop ?? 0)
    expect(dots.every((dot) => dot.x >= 0 && dot.x <= 340 && dot.y >= 0 && dot.y <= 150)).toBe(true)
  })
})

describe('the map of who brings it', () => {
  const seen = (over: object) =>
    ({ lat: 31.23, lon: 121.47, to_lat: 31.24, to_lon: 121.48, ...over }) as Parameters<
      typeof betweenPlaces
    >[0]

  it('puts the courier south-west of a door to the north-east, at its distance', () => {
    const way = betweenPlaces(seen({}), 320, 140)
    expect(way?.rider.x).toBeLessThan(way?.door.x ?? 0)
    expect(way?.rider.y).toBeGreaterThan(way?.door.y ?? 0)
    expect(way?.km).toBeCloseTo(1.46, 1)
  })

  it('shows nothing when one of the two is not known', () => {
    expect(betweenPlaces(seen({ lat: null }), 320, 140)).toBeNull()
    expect(betweenPlaces(seen({ to_lon: null }), 320, 140)).toBeNull()
  })
})

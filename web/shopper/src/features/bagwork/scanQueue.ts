import { idempotencyKey, Problem, take, type Schemas } from '@galleria/shared'
import { computed, shallowRef } from 'vue'
import { staffClient } from '../../api'

export type NewScan = Omit<Schemas['NewBagScan'], 'code'> & { code?: string }
type Body = Schemas['BagScans']['scans'][number]
export type ScanAnswer = Schemas['BagScanAnswer']

/** A scan as this phone keeps it until the server has it; a photo taken without a network waits with it. */
export interface KeptScan {
  mallId: string
  scan: NewScan
  photo?: string
}

/** What became of a scan: the server's answer, or `kept` while it cannot be asked. */
export type Sent = ScanAnswer | 'kept'

const STORED_AS = 'galleria.bagScans'
const AT_ONCE = 50
const EVERY_MS = 5_000
const FINE = new Set(['accepted', 'gap', 'repeated', 'waiting'])

const kept = shallowRef<KeptScan[]>(stored())
const odd = shallowRef<ScanAnswer[]>([])
let flushing = false

function stored(): KeptScan[] {
  try {
    const all = JSON.parse(localStorage.getItem(STORED_AS) ?? '[]') as unknown
    return Array.isArray(all) ? (all as KeptScan[]) : []
  } catch {
    return []
  }
}

function store(next: KeptScan[]): void {
  kept.value = next
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(next))
  } catch {
    // The phone is full: photos go, scans stay.
    kept.value = next.map(({ mallId, scan }) => ({ mallId, scan }))
    localStorage.setItem(STORED_AS, JSON.stringify(kept.value))
  }
}

/** A new scan, made now. */
export function newScan(
  move: NewScan['move'],
  label: string,
  more: Partial<NewScan> = {},
): NewScan {
  return { id: idempotencyKey(), move, label, at: new Date().toISOString(), ...more }
}

export const isFine = (answer: Sent): boolean => answer === 'kept' || FINE.has(answer.outcome)

/** Keeps a scan first and asks then: a phone that dies in between has lost nothing. */
export async function send(entry: KeptScan): Promise<Sent> {
  store([...kept.value, entry])
  try {
    const [answer] = await upload(entry.mallId, [entry])
    settle([entry], answer ? [answer] : [])
    return answer ?? 'kept'
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (isLost(error)) return 'kept'
    drop([entry])
    throw error
  }
}

async function upload(mallId: string, entries: KeptScan[]): Promise<ScanAnswer[]> {
  const scans = await Promise.all(entries.map(withPicture))
  const answer = await take(
    staffClient.POST('/v1/malls/{mall_id}/bags/scans', {
      params: { path: { mall_id: mallId } },
      body: { scans, sent_at: new Date().toISOString() },
    }),
  )
  return answer.results
}

async function withPicture({ mallId, scan, photo }: KeptScan): Promise<Body> {
  const plain = { ...scan, code: scan.code ?? '' } as Body
  if (!photo || !scan.seal) return plain
  const body = new FormData()
  body.set('file', await (await fetch(photo)).blob(), 'bag.jpg')
  const picture = await take(
    staffClient.POST('/v1/malls/{mall_id}/bags/pictures', {
      params: { path: { mall_id: mallId } },
      body: { file: '' },
      bodySerializer: () => body,
    }),
  )
  return { ...plain, seal: { ...scan.seal, picture: picture.name } } as Body
}

const isLost = (problem: Problem): boolean => problem.code === 'network' || problem.status >= 500

function drop(entries: KeptScan[]): void {
  const gone = new Set(entries.map((entry) => entry.scan.id))
  store(kept.value.filter((entry) => !gone.has(entry.scan.id)))
}

function settle(entries: KeptScan[], answers: ScanAnswer[]): void {
  const answered = new Set(answers.map((answer) => answer.id))
  drop(entries.filter((entry) => answered.has(entry.scan.id) || answers.length === entries.length))
}

/** Uploads what is kept, mall by mall; what the server does not take for good is told, never dropped silently. */
async function flush(): Promise<void> {
  if (flushing || kept.value.length === 0 || !staffClient.session.signedIn.value) return
  flushing = true
  try {
    const mallId = kept.value[0]?.mallId ?? ''
    const batch = kept.value.filter((entry) => entry.mallId === mallId).slice(0, AT_ONCE)
    const answers = await upload(mallId, batch)
    settle(batch, answers)
    odd.value = [...odd.value, ...answers.filter((answer) => !isFine(answer))]
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  } finally {
    flushing = false
  }
}

setInterval(() => void flush(), EVERY_MS)
window.addEventListener('online', () => void flush())

export function useScanQueue() {
  return {
    waiting: computed(() => kept.value.length),
    /** Answers to scans uploaded later that somebody should look at. */
    odd,
    send,
    flush,
    forgetOdd: () => (odd.value = []),
  }
}

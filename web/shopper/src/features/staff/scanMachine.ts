import type { Schemas, Problem } from '@galleria/shared'

export type Lookup = Schemas['Lookup']
export type Redeemed = Schemas['Redeemed']

export interface Refused {
  code: string
  message: string
  params: Readonly<Record<string, string | number>>
}

/** One code in a clerk's hand. Its key lives as long as the answer is not known, so once stays once. */
export interface Scan {
  code: string
  key: string
  billMinor: number | null
}

export type ScanState =
  | { at: 'ready' }
  | { at: 'looking'; scan: Scan }
  | { at: 'asking'; scan: Scan; found: Lookup }
  | { at: 'redeeming'; scan: Scan; found: Lookup }
  | { at: 'offline'; scan: Scan; found: Lookup | null }
  | { at: 'done'; result: Redeemed }
  | { at: 'refused'; refused: Refused; scan: Scan; found: Lookup | null }

export type ScanEvent =
  | { type: 'scanned'; code: string; key: string; billMinor?: number | null }
  | { type: 'found'; found: Lookup }
  | { type: 'confirm'; billMinor: number | null; freshKey: string }
  | { type: 'redeemed'; result: Redeemed }
  | { type: 'refused'; refused: Refused }
  | { type: 'unreachable' }
  | { type: 'retry' }
  | { type: 'again' }
  | { type: 'dismiss' }

export const ready: ScanState = { at: 'ready' }

/** Pure: where a scan stands after an event. What does not fit the present state changes nothing. */
export function next(state: ScanState, event: ScanEvent): ScanState {
  if (event.type === 'dismiss') return state.at === 'redeeming' ? state : ready
  switch (state.at) {
    case 'ready':
      return event.type === 'scanned' ? begun(event) : state
    case 'looking':
      return afterLook(state, event)
    case 'asking':
      return event.type === 'confirm' ? confirmed(state, event) : state
    case 'redeeming':
      return afterRedeem(state, event)
    case 'offline':
      return event.type === 'retry' ? resumed(state) : state
    case 'done':
      return event.type === 'scanned' ? begun(event) : state
    case 'refused':
      return afterRefusal(state, event)
  }
}

function begun({ code, key, billMinor = null }: ScanEvent & { type: 'scanned' }): ScanState {
  return { at: 'looking', scan: { code, key, billMinor } }
}

function afterLook(state: ScanState & { at: 'looking' }, event: ScanEvent): ScanState {
  const { scan } = state
  if (event.type === 'unreachable') return { at: 'offline', scan, found: null }
  if (event.type === 'refused') return { at: 'refused', refused: event.refused, scan, found: null }
  if (event.type !== 'found') return state
  const { found } = event
  if (found.usable || !found.refusal) return { at: 'asking', scan, found }
  const { code, message, params } = found.refusal
  return { at: 'refused', refused: { code, message, params: params ?? {} }, scan, found }
}

/** Another bill is another intention and needs another key; the same one keeps its key. */
function confirmed(
  state: ScanState & { at: 'asking' },
  event: ScanEvent & { type: 'confirm' },
): ScanState {
  const { scan, found } = state
  const changed = scan.billMinor !== null && scan.billMinor !== event.billMinor
  const key = changed ? event.freshKey : scan.key
  return { at: 'redeeming', scan: { ...scan, key, billMinor: event.billMinor }, found }
}

function afterRedeem(state: ScanState & { at: 'redeeming' }, event: ScanEvent): ScanState {
  const { scan, found } = state
  if (event.type === 'redeemed') return { at: 'done', result: event.result }
  if (event.type === 'refused') return { at: 'refused', refused: event.refused, scan, found }
  if (event.type === 'unreachable') return { at: 'offline', scan, found }
  return state
}

function resumed(state: ScanState & { at: 'offline' }): ScanState {
  const { scan, found } = state
  return found ? { at: 'redeeming', scan, found } : { at: 'looking', scan }
}

/** A refused bill can be put right on the same ticket; any other refusal makes way for the next code. */
function afterRefusal(state: ScanState & { at: 'refused' }, event: ScanEvent): ScanState {
  if (event.type === 'scanned') return begun(event)
  if (event.type === 'again' && state.found?.usable) {
    return { at: 'asking', scan: state.scan, found: state.found }
  }
  return state
}

export function refusedBy(problem: Problem): Refused {
  return {
    code: problem.code,
    message: problem.errors[0]?.message ?? problem.title,
    params: problem.params,
  }
}

/** The 12 digits of what a camera read or fingers typed, or null when it is no code of ours. */
export function digitsOf(text: string): string | null {
  const compact = text.replace(/[\s-]/g, '').toUpperCase().replace(/^GAL:/, '')
  return /^\d{12}$/.test(compact) ? compact : null
}

export function serialOf(code: string): string {
  return code.slice(0, 8)
}

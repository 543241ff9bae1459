import { idempotencyKey, Problem, take, useClient, withKey } from '@galleria/shared'
import { onScopeDispose, shallowRef } from 'vue'
import {
  digitsOf,
  next,
  ready,
  refusedBy,
  serialOf,
  type Redeemed,
  type ScanEvent,
  type ScanState,
} from './scanMachine'
import type { Workplace } from './useWorkplace'

const RETRY_EVERY_MS = 3_000

interface Unanswered {
  key: string
  billMinor: number | null
}

/** Keys of redemptions whose answer never came, by serial: the same ticket is asked about with the same key. */
const unanswered = new Map<string, Unanswered>()

/** Drives the scan machine against the server: looks a code up, redeems it once, waits out a lost network. */
export function useScan(place: () => Workplace | null, onRedeemed: (result: Redeemed) => void) {
  const client = useClient()
  const state = shallowRef<ScanState>(ready)

  function send(event: ScanEvent): void {
    const before = state.value
    state.value = next(before, event)
    if (state.value === before) return
    if (state.value.at === 'looking') void look(state.value)
    if (state.value.at === 'redeeming') void redeem(state.value)
  }

  /** An answer belongs to the state that asked; a dismissed scan gets none. */
  function answer(asked: ScanState, event: ScanEvent): void {
    if (state.value === asked) send(event)
  }

  function failed(asked: ScanState, error: unknown): void {
    if (!(error instanceof Problem)) throw error
    const lost = error.code === 'network' || error.status >= 500
    answer(asked, lost ? { type: 'unreachable' } : { type: 'refused', refused: refusedBy(error) })
  }

  async function look(asked: ScanState & { at: 'looking' }): Promise<void> {
    const at = place()
    if (!at) return
    const waiting = unanswered.get(serialOf(asked.scan.code))
    try {
      const found = await take(
        client.POST('/v1/malls/{mall_id}/redemptions/lookup', {
          params: { path: { mall_id: at.mallId } },
          body: { shop_id: at.shopId, code: asked.scan.code },
        }),
      )
      const ours = waiting && found.refusal?.code === 'already_redeemed'
      // Our own lost answer: ask again with its key and be told what was done.
      answer(asked, { type: 'found', found: ours ? { ...found, usable: true } : found })
    } catch (error) {
      failed(asked, error)
    }
  }

  async function redeem(asked: ScanState & { at: 'redeeming' }): Promise<void> {
    const at = place()
    if (!at) return
    const { scan } = asked
    const serial = serialOf(scan.code)
    unanswered.set(serial, { key: scan.key, billMinor: scan.billMinor })
    try {
      const result = await take(
        client.POST('/v1/malls/{mall_id}/redemptions', {
          params: { path: { mall_id: at.mallId } },
          body: { shop_id: at.shopId, code: scan.code, bill_minor: scan.billMinor },
          ...withKey(scan.key),
        }),
      )
      unanswered.delete(serial)
      onRedeemed(result)
      answer(asked, { type: 'redeemed', result })
    } catch (error) {
      if (error instanceof Problem && error.code !== 'network' && error.status < 500) {
        unanswered.delete(serial)
      }
      failed(asked, error)
    }
  }

  function scan(text: string): void {
    const code = digitsOf(text)
    // What is no code of ours is asked about too: the server says best what is wrong with it.
    const asked = code ?? text.slice(0, 60)
    const lost = code ? unanswered.get(serialOf(code)) : undefined
    const key = lost?.key ?? idempotencyKey()
    send({ type: 'scanned', code: asked, key, billMinor: lost?.billMinor ?? null })
  }

  function confirm(billMinor: number | null): void {
    send({ type: 'confirm', billMinor, freshKey: idempotencyKey() })
  }

  const retry = () => send({ type: 'retry' })
  const timer = setInterval(retry, RETRY_EVERY_MS)
  window.addEventListener('online', retry)
  onScopeDispose(() => {
    clearInterval(timer)
    window.removeEventListener('online', retry)
  })

  return {
    state,
    scan,
    confirm,
    retry,
    again: () => send({ type: 'again' }),
    dismiss: () => send({ type: 'dismiss' }),
  }
}

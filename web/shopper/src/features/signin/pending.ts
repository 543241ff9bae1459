/** What a visitor wanted when asked to sign in; it is done for them afterwards, once. */
export type Pending =
  | { kind: 'add'; mallId: string; variantId: string; quantity: number }
  | { kind: 'buy'; mallId: string; variantId: string; quantity: number }
  | { kind: 'claim'; mallId: string; couponId: string }

export interface Kept {
  action: Pending
  /** One key for however often it has to be sent. */
  key: string
  at: number
}

const STORED_AS = 'galleria.pending'
const GOOD_FOR_MS = 15 * 60_000

export function keepPending(action: Pending, key: string, now = Date.now()): void {
  sessionStorage.setItem(STORED_AS, JSON.stringify({ action, key, at: now } satisfies Kept))
}

/** What is still wanted; a wish older than a quarter of an hour is not acted on. */
export function pending(now = Date.now()): Kept | null {
  const kept = parse(sessionStorage.getItem(STORED_AS))
  if (kept && now - kept.at <= GOOD_FOR_MS) return kept
  dropPending()
  return null
}

export function dropPending(): void {
  sessionStorage.removeItem(STORED_AS)
}

function parse(stored: string | null): Kept | null {
  try {
    const kept = JSON.parse(stored ?? 'null') as Partial<Kept> | null
    return kept?.action && kept.key && typeof kept.at === 'number' ? (kept as Kept) : null
  } catch {
    return null
  }
}

export interface Doing {
  add: (key: string, variantId: string, quantity: number) => Promise<unknown>
  set: (key: string, lines: { variant_id: string; quantity: number }[]) => Promise<unknown>
  claim: (key: string, mallId: string, couponId: string) => Promise<unknown>
}

/** Does what was wanted; the wish is gone when it was answered, whatever the answer. Returns what was done. */
export async function finishPending(mallId: string, doing: Doing): Promise<Pending | null> {
  const kept = pending()
  if (!kept || kept.action.mallId !== mallId) return null
  const { action, key } = kept
  dropPending()
  if (action.kind === 'add') await doing.add(key, action.variantId, action.quantity)
  if (action.kind === 'buy') {
    await doing.set(key, [{ variant_id: action.variantId, quantity: action.quantity }])
  }
  if (action.kind === 'claim') await doing.claim(key, mallId, action.couponId)
  return action
}

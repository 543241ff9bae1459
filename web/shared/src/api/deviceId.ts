import { idempotencyKey } from './idempotency'

const STORED_AS = 'galleria.device'

let id: string | null = null

/** This phone's own name, made by itself: limits per device hold for whoever signs in on it. */
export function deviceId(): string {
  id ??= localStorage.getItem(STORED_AS)
  if (!id) {
    id = idempotencyKey()
    localStorage.setItem(STORED_AS, id)
  }
  return id
}

/** A fresh key for one intention of a person; keep it while that intention is retried. */
export function idempotencyKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID()
  // Plain http on a local network has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Spread into a call: `api.POST('/v1/orders', { body, ...withKey(key) })`. */
export function withKey(key: string): { headers: Record<string, string> } {
  return { headers: { 'Idempotency-Key': key } }
}

export const CODE_PERIOD_MS = 30_000

const CODE_MODULUS = 10_000
const CODE_DIGITS = 4

/**
 * The code a member shows at the till: the ticket's serial and four digits that change every 30 seconds.
 * HMAC-SHA-256 over the step number in ASCII decimal, truncated as in RFC 4226 section 5.3.
 * Works without network, so a ticket holds in a basement.
 */
export async function rotatingCode(
  serial: string,
  secretB64: string,
  nowMs: number,
): Promise<string> {
  const step = String(Math.floor(nowMs / CODE_PERIOD_MS))
  const key = await crypto.subtle.importKey(
    'raw',
    bytesOf(secretB64),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const digest = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(step))
  return serial + String(truncate(digest) % CODE_MODULUS).padStart(CODE_DIGITS, '0')
}

function truncate(digest: ArrayBuffer): number {
  const view = new DataView(digest)
  const offset = view.getUint8(view.byteLength - 1) & 0x0f
  return view.getUint32(offset) & 0x7fffffff
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

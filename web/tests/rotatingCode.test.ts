import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { rotatingCode } from '../shared/src/ticket/rotatingCode'

const SERIAL = '40718265'
const SECRET = Buffer.from('galleria rotating ticket secret!').toString('base64')

function reference(nowMs: number): string {
  const digest = createHmac('sha256', Buffer.from(SECRET, 'base64'))
    .update(String(Math.floor(nowMs / 30_000)))
    .digest()
  const offset = (digest.at(-1) as number) & 0x0f
  const number = digest.readUInt32BE(offset) & 0x7fffffff
  return SERIAL + String(number % 10_000).padStart(4, '0')
}

it('keeps the fixed vector the server checks too', async () => {
  expect(await rotatingCode(SERIAL, SECRET, 1_767_225_600_000)).toBe('407182653713')
})

it('agrees with an independent computation', async () => {
  for (let step = 0; step < 200; step += 1) {
    const at = 1_767_225_600_000 + step * 30_000
    expect(await rotatingCode(SERIAL, SECRET, at)).toBe(reference(at))
  }
})

it('holds for thirty seconds and then changes', async () => {
  const start = 1_767_225_600_000
  const first = await rotatingCode(SERIAL, SECRET, start)
  expect(await rotatingCode(SERIAL, SECRET, start + 29_999)).toBe(first)
  expect(await rotatingCode(SERIAL, SECRET, start + 30_000)).not.toBe(first)
})

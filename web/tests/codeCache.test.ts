import { beforeEach, expect, it } from 'vitest'
import {
  forgetKept,
  keptFrom,
  merged,
  missing,
  readKept,
  showable,
  writeKept,
  type KeptTicket,
  type MyTicket,
} from '../shopper/src/features/tickets/codeCache'

const NOW = Date.parse('2026-11-21T12:00:00Z')

function ticket(id: string, more: Partial<KeptTicket> = {}): KeptTicket {
  return {
    id,
    kind: 'voucher',
    state: 'valid',
    valid_until: null,
    secret_base64: 's',
    serial: '12345678',
    skew_ms: 0,
    ...more,
  } as KeptTicket
}

beforeEach(() => localStorage.clear())

it('gives back what was kept, to its owner and offline', () => {
  writeKept('mall', 'anna', [ticket('1')])
  expect(readKept('mall', 'anna')).toHaveLength(1)
  expect(readKept('mall', null)).toHaveLength(1)
})

it('shows nothing of another member or mall, nor after signing out', () => {
  writeKept('mall', 'anna', [ticket('1')])
  expect(readKept('mall', 'ben')).toEqual([])
  expect(readKept('other', 'anna')).toEqual([])
  forgetKept()
  expect(readKept('mall', 'anna')).toEqual([])
})

it('survives what it cannot read', () => {
  localStorage.setItem('galleria.tickets', '{broken')
  expect(readKept('mall', null)).toEqual([])
})

it('keeps secrets, takes news, drops what is gone', () => {
  const kept = [ticket('1', { valid_until: '2026-12-01T00:00:00Z' }), ticket('gone')]
  const listed = [
    { id: '1', title_en: 'New', valid_until: null },
    { id: '2' },
  ] as unknown as MyTicket[]
  const now = merged(kept, listed)
  expect(now).toHaveLength(1)
  expect(now[0]).toMatchObject({
    secret_base64: 's',
    title_en: 'New',
    valid_until: '2026-12-01T00:00:00Z',
  })
  expect(missing(kept, listed)).toEqual(['2'])
})

it('holds up valid tickets, pickups first, then what ends first', () => {
  const shown = showable(
    [
      ticket('later', { valid_until: '2026-12-09T00:00:00Z' }),
      ticket('over', { valid_until: '2026-11-21T11:59:59Z' }),
      ticket('soon', { valid_until: '2026-11-22T00:00:00Z' }),
      ticket('used', { state: 'redeemed' }),
      ticket('pickup', { kind: 'pickup' }),
    ],
    NOW,
  )
  expect(shown.map((one) => one.id)).toEqual(['pickup', 'soon', 'later'])
})

it('measures the server clock, so that a phone with a wrong clock still shows right codes', () => {
  const code = { ...ticket('1'), step_seconds: 30, server_now: '2026-11-21T12:00:05Z' }
  expect(keptFrom(code, NOW).skew_ms).toBe(5_000)
})

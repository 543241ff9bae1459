const HOUR_MS = 3_600_000

/** An instant as the mall's clock shows it, `2026-05-01 10:00:00`; the form that date fields hold. */
export function wallOf(instant: string, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(instant))
}

/** The instant at which the mall's clock shows this; an hour that daylight saving skips becomes the next one. */
export function instantOf(wall: string, zone: string): string {
  const asUtc = Date.parse(`${wall.replace(' ', 'T')}Z`)
  let guess = asUtc
  for (let round = 0; round < 2; round += 1) {
    guess += asUtc - Date.parse(`${wallOf(new Date(guess).toISOString(), zone).replace(' ', 'T')}Z`)
  }
  const shown = wallOf(new Date(guess).toISOString(), zone)
  return new Date(shown < wall ? guess + HOUR_MS : guess).toISOString()
}

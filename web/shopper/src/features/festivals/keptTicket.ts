/** A place in a queue, kept by the phone: it outlives a reload, a crash and a night without a network. */
export interface KeptTicket {
  ticket: string
  number: number
  /** How many were ahead when it was drawn. */
  ahead: number
}

const storedAs = (festivalId: string): string => `galleria.queue.${festivalId}`

export function keptTicket(festivalId: string): KeptTicket | null {
  try {
    const kept = JSON.parse(localStorage.getItem(storedAs(festivalId)) ?? 'null') as unknown
    return isTicket(kept) ? kept : null
  } catch {
    return null
  }
}

export function keepTicket(festivalId: string, kept: KeptTicket): void {
  localStorage.setItem(storedAs(festivalId), JSON.stringify(kept))
}

export function dropTicket(festivalId: string): void {
  localStorage.removeItem(storedAs(festivalId))
}

function isTicket(value: unknown): value is KeptTicket {
  const kept = value as Partial<KeptTicket> | null
  return typeof kept?.ticket === 'string' && typeof kept.number === 'number'
}

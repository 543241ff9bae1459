/** The digits of a bag's label out of what was scanned or typed; null when it is none (ISO 7064 MOD 97-10). */
export function labelOf(text: string): string | null {
  const digits = text.replace(/[\s-]/g, '').toUpperCase().replace(/^BAG:/, '')
  if (!/^[0-9]{12}$/.test(digits)) return null
  return Number(BigInt(digits) % 97n) === 1 ? digits : null
}

export function spaced(label: string): string {
  return label.match(/.{1,4}/g)?.join(' ') ?? label
}

const DIGITS = 2
const MOST_MINOR = 10_000_000_000

/** What a person typed as money, in minor units; null when it is not an amount. */
export function parseMoney(typed: string, digits = DIGITS): number | null {
  const plain = typed
    .normalize('NFKC')
    .replace(/[\s,_'¥$€元]/g, '')
    .replace(/。/g, '.')
  const match = /^(\d{0,10})(?:\.(\d*))?$/.exec(plain)
  if (!match || !/\d/.test(plain)) return null
  const [, whole = '', fraction = ''] = match
  if (fraction.length > digits && /[1-9]/.test(fraction.slice(digits))) return null
  const minor = Number(`${whole || '0'}${fraction.slice(0, digits).padEnd(digits, '0')}`)
  return minor <= MOST_MINOR ? minor : null
}

/** Minor units as a field shows them while one types: 12800 is 128.00. */
export function plainMoney(minor: number | null | undefined, digits = DIGITS): string {
  return minor === null || minor === undefined ? '' : (minor / 10 ** digits).toFixed(digits)
}

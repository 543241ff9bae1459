const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger/, 'WeChat'],
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Mac OS/, 'Mac'],
  [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
]

const nameIn = (table: [RegExp, string][], text: string) =>
  table.find(([pattern]) => pattern.test(text))?.[1]

/** "iPhone · Safari" from what a browser says of itself; brand names need no translation. */
export function deviceOf(userAgent: string): { name: string; phone: boolean } {
  const parts = [nameIn(SYSTEMS, userAgent), nameIn(BROWSERS, userAgent)]
  return {
    name: parts.filter((part) => part !== undefined).join(' · '),
    phone: /iPhone|iPad|Android/.test(userAgent),
  }
}

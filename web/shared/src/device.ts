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
  [/Mac OS X/, 'Mac'],
  [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
]

const nameIn = (table: [RegExp, string][], text: string) =>
  table.find(([pattern]) => pattern.test(text))?.[1]

/** "iPhone · Safari" from what a browser says of itself; brand names need no translation. */
export function deviceOf(userAgent: string): { name: string; phone: boolean } {
  const parts = [nameIn(SYSTEMS, userAgent), nameIn(BROWSERS, userAgent)].filter(Boolean)
  return {
    // A program names itself first: "curl/8.0" is curl.
    name: parts.join(' · ') || (userAgent.split(/[\s/]/)[0] ?? ''),
    phone: /iPhone|iPad|Android/.test(userAgent),
  }
}

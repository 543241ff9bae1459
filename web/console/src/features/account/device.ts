const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger/, 'WeChat'],
  [/Edg\//, 'Edge'],
  [/HeadlessChrome|Chrome\//, 'Chrome'],
  [/Firefox\//, 'Firefox'],
  [/Safari\//, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]

const named = (table: [RegExp, string][], agent: string) =>
  table.find(([pattern]) => pattern.test(agent))?.[1]

/** What a person would call the device behind a user agent. */
export function deviceOf(agent: string): { name: string; phone: boolean } {
  const parts = [named(BROWSERS, agent), named(SYSTEMS, agent)].filter(Boolean)
  return {
    name: parts.join(' · ') || (agent.split(/[\s/]/)[0] ?? ''),
    phone: /iPhone|Android|Mobile/.test(agent),
  }
}

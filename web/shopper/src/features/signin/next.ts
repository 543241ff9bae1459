/** Where to go after signing in: an address of this app only, never another site's. */
export function safeNext(asked: unknown): string {
  const path = typeof asked === 'string' ? asked : '/'
  const inside = /^\/(?![/\\])/.test(path) && !path.startsWith('/sign-in')
  return inside ? path : '/'
}

const STORED_AS = 'galleria.searches'
const KEPT = 8

export function recentSearches(): string[] {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED_AS) ?? '[]') as unknown
    return Array.isArray(stored) ? stored.filter((word) => typeof word === 'string') : []
  } catch {
    return []
  }
}

/** The latest first, each once. */
export function rememberSearch(words: string): string[] {
  const asked = words.trim()
  if (!asked) return recentSearches()
  const next = [asked, ...recentSearches().filter((word) => word !== asked)].slice(0, KEPT)
  localStorage.setItem(STORED_AS, JSON.stringify(next))
  return next
}

export function forgetSearches(): string[] {
  localStorage.removeItem(STORED_AS)
  return []
}

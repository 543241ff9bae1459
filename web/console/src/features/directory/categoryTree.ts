import type { Category } from '../../lib/types'

export interface CategoryNode {
  category: Category
  depth: number
}

/** A flat list of categories as one reads a tree: each followed by those below it. */
export function inTreeOrder(categories: readonly Category[]): CategoryNode[] {
  const known = new Set(categories.map((category) => category.id))
  const below = new Map<string | null, Category[]>()
  for (const category of categories) {
    const parent = category.parent_id && known.has(category.parent_id) ? category.parent_id : null
    below.set(parent, [...(below.get(parent) ?? []), category])
  }
  const walk = (parent: string | null, depth: number): CategoryNode[] =>
    [...(below.get(parent) ?? [])]
      .sort((a, b) => a.position - b.position)
      .flatMap((category) => [{ category, depth }, ...walk(category.id, depth + 1)])
  return walk(null, 0)
}

/** The topmost category above each one, which gives units on a plan their colour. */
export function rootsOf(categories: readonly Category[]): Map<string, Category> {
  const byId = new Map(categories.map((category) => [category.id, category]))
  const rootOf = (category: Category): Category => {
    const parent = category.parent_id ? byId.get(category.parent_id) : undefined
    return parent ? rootOf(parent) : category
  }
  return new Map(categories.map((category) => [category.id, rootOf(category)]))
}

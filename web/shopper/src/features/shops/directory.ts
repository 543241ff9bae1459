import type { Category, Floor, Shop } from './useDirectory'

export interface Wanted {
  words: string
  floor: string
  category: string
}

/** Shops that fit, by floor from the ground up and the basement last; floors without any are left out. */
export function byFloor(
  shops: Shop[],
  floors: Floor[],
  categories: Map<string, Category>,
  wanted: Wanted,
): { floor: Floor; shops: Shop[] }[] {
  const words = wanted.words.trim().toLowerCase()
  const fits = shops.filter(
    (shop) =>
      (!wanted.floor || shop.floor_code === wanted.floor) &&
      (!wanted.category || isWithin(shop.category_id, wanted.category, categories)) &&
      (!words || textOf(shop).includes(words)),
  )
  return inOrder(floors)
    .map((floor) => ({
      floor,
      shops: fits
        .filter((shop) => shop.floor_code === floor.code)
        .sort((one, other) => one.unit_code.localeCompare(other.unit_code)),
    }))
    .filter(({ shops: here }) => here.length > 0)
}

export function inOrder(floors: Floor[]): Floor[] {
  const height = (floor: Floor) => (floor.ordinal < 0 ? 1_000 - floor.ordinal : floor.ordinal)
  return [...floors].sort((one, other) => height(one) - height(other))
}

function isWithin(id: string, wanted: string, categories: Map<string, Category>): boolean {
  let at: string | null = id
  while (at) {
    if (at === wanted) return true
    at = categories.get(at)?.parent_id ?? null
  }
  return false
}

function textOf(shop: Shop): string {
  const { name_zh, name_en, unit_code, category_zh, category_en } = shop
  return [name_zh, name_en, unit_code, category_zh, category_en].join(' ').toLowerCase()
}

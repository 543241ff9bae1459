interface Priced {
  price_min_minor: number
}

/** What completes a basket: the goods that just reach what is missing first, then the dearest of the cheaper. */
export function byCloseness<T extends Priced>(goods: T[], missingMinor: number): T[] {
  return [...goods].sort((one, other) => {
    const over = one.price_min_minor - missingMinor
    const otherOver = other.price_min_minor - missingMinor
    if (over >= 0 !== otherOver >= 0) return over >= 0 ? -1 : 1
    return Math.abs(over) - Math.abs(otherOver)
  })
}

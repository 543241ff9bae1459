/** Points for an amount really paid, fractions dropped: 10000 basis points give one point for 100 minor units. */
export function pointsFor(paidMinor: number, perHundredBp: number): number {
  return Math.floor((paidMinor * perHundredBp) / 1_000_000)
}

/** "1.5 points a yuan" typed as 1.5 is 15000 basis points. */
export function basisOf(pointsPerUnit: number): number {
  return Math.round(pointsPerUnit * 10_000)
}

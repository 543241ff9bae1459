/** How long to wait before asking again for a payment's outcome: often at first, then with patience. */
export function pauseAfter(waitedMs: number): number {
  if (waitedMs < 20_000) return 1_500
  return waitedMs < 120_000 ? 4_000 : 12_000
}

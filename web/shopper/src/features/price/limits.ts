import type { Schemas } from '@galleria/shared'

type Violation = Schemas['Violation']
type Change = Schemas['CartChange']
interface Line {
  variant_id: string
  quantity: number
}

/** The least change that keeps a purchase limit: the last lines of the basket give way first. */
export function fixOf(violation: Violation, lines: Line[]): Change[] {
  let room = violation.allowed
  return lines
    .filter((line) => violation.variant_ids.includes(line.variant_id))
    .map((line) => {
      const kept = Math.min(line.quantity, Math.max(0, room))
      room -= kept
      return { variant_id: line.variant_id, quantity: kept, was: line.quantity }
    })
    .filter(({ quantity, was }) => quantity !== was)
    .map(({ variant_id, quantity }) => ({ variant_id, quantity }))
}

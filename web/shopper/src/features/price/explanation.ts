import type { Schemas } from '@galleria/shared'
import { offNumber } from '../coupons/offer'

type Step = Schemas['Step']

export interface Told {
  /** Message key. */
  key: string
  named: Record<string, string | number>
  amountMinor: number
  kind: 'goods' | 'applied' | 'skipped' | 'payable' | 'other'
}

interface Writing {
  english: boolean
  money: (minor: number) => string
  /** Whether there are words for a key. */
  known: (key: string) => boolean
}

/** One step of a price as a sentence to translate, its amounts written out. */
export function tell(step: Step, { english, money, known }: Writing): Told {
  const params = step.params as Record<string, string | number>
  const title = String((english ? params.title_en : params.title_zh) ?? '')
  const named: Record<string, string | number> = { title }
  for (const [name, value] of Object.entries(params)) {
    if (name.endsWith('_minor')) named[name.slice(0, -'_minor'.length)] = money(Number(value))
    else if (name === 'minor') named.sum = money(Number(value))
    else if (name === 'percent_bp') named.off = offNumber(Number(value), english)
    else named[name] = value
  }
  return {
    key: keyOf(step.code, title, known),
    named,
    amountMinor: step.amount_minor,
    kind: kindOf(step.code),
  }
}

/** A step without words of its own is told by its title, and one without a title still counts. */
function keyOf(code: string, title: string, known: Writing['known']): string {
  const key = `price.step.${code}`
  if (known(key)) return key
  return title ? 'price.titled' : 'price.other'
}

function kindOf(code: string): Told['kind'] {
  if (code === 'goods' || code === 'payable') return code
  if (code.startsWith('applied')) return 'applied'
  return code.startsWith('skipped') ? 'skipped' : 'other'
}

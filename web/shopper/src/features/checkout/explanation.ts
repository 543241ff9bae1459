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

const KNOWN = new Set([
  'goods',
  'applied_amount',
  'applied_percent',
  'applied_percent_capped',
  'skipped_no_matching_goods',
  'skipped_threshold',
  'skipped_no_effect',
  'skipped_not_best',
  'skipped_not_chosen',
  'payable',
])

interface Writing {
  english: boolean
  money: (minor: number) => string
}

/** One step of a price as a sentence to translate, its amounts written out. */
export function tell(step: Step, { english, money }: Writing): Told {
  const params = step.params as Record<string, string | number>
  const named: Record<string, string | number> = {
    title: String((english ? params.title_en : params.title_zh) ?? ''),
  }
  for (const [name, value] of Object.entries(params)) {
    if (name.endsWith('_minor')) named[name.slice(0, -'_minor'.length)] = money(Number(value))
    else if (name === 'minor') named.sum = money(Number(value))
    else if (name === 'percent_bp') named.off = offNumber(Number(value), english)
    else named[name] = value
  }
  const key = KNOWN.has(step.code) ? step.code : 'other'
  return { key: `price.${key}`, named, amountMinor: step.amount_minor, kind: kindOf(step.code) }
}

function kindOf(code: string): Told['kind'] {
  if (code === 'goods' || code === 'payable') return code
  if (code.startsWith('applied_')) return 'applied'
  return code.startsWith('skipped_') ? 'skipped' : 'other'
}

import type { Schemas } from '@galleria/shared'
import { instantOf, wallOf } from '../common/wallClock'

export type Terms = Schemas['RuleTerms']

/** A price rule while it is written. */
export interface RuleForm {
  title_zh: string
  title_en: string
  shop_id: string | null
  scope: Schemas['RuleScope']
  target_ids: string[]
  kind: Schemas['RuleKind']
  percent: number | null
  price_minor: number | null
  starts_at: string
  ends_at: string
  priority: number
}

export function emptyRule(): RuleForm {
  return {
    title_zh: '',
    title_en: '',
    shop_id: null,
    scope: 'shop',
    target_ids: [],
    kind: 'percent_off_store',
    percent: 10,
    price_minor: null,
    starts_at: '',
    ends_at: '',
    priority: 0,
  }
}

export function formOfRule(terms: Terms, zone: string): RuleForm {
  return {
    title_zh: terms.title_zh ?? '',
    title_en: terms.title_en ?? '',
    shop_id: terms.shop_id ?? null,
    scope: terms.scope ?? 'shop',
    target_ids: [...(terms.target_ids ?? [])],
    kind: terms.kind ?? 'percent_off_store',
    percent: terms.percent_bp == null ? null : terms.percent_bp / 100,
    price_minor: terms.price_minor ?? null,
    starts_at: terms.starts_at ? wallOf(terms.starts_at, zone) : '',
    ends_at: terms.ends_at ? wallOf(terms.ends_at, zone) : '',
    priority: terms.priority ?? 0,
  }
}

/** The rule as the API takes it; what belongs to the other kind is left empty. */
export function termsOfRule(form: RuleForm, zone: string): Terms {
  const percent = form.kind === 'percent_off_store'
  return {
    title_zh: form.title_zh.trim(),
    title_en: form.title_en.trim(),
    shop_id: form.shop_id,
    scope: form.scope,
    target_ids: form.scope === 'shop' ? [] : form.target_ids,
    kind: form.kind,
    percent_bp: percent && form.percent !== null ? Math.round(form.percent * 100) : null,
    price_minor: percent ? null : form.price_minor,
    starts_at: form.starts_at ? instantOf(form.starts_at, zone) : null,
    ends_at: form.ends_at ? instantOf(form.ends_at, zone) : null,
    priority: form.priority,
  }
}

/** What may be changed of a rule: it never changes its shop. */
export function changeOfRule(terms: Terms): Schemas['RulePatch'] {
  return Object.fromEntries(Object.entries(terms).filter(([name]) => name !== 'shop_id'))
}

import type { Schemas } from '@galleria/shared'
import type { RouteLocationRaw } from 'vue-router'

const ROUTES: Record<Schemas['SubjectKind'], string> = {
  offer: 'offer',
  coupon: 'coupon',
  price_rule: 'price-rule',
}

/** Where the thing can be seen that is to be launched or was changed. */
export function subjectRoute(subject: {
  subject_kind: Schemas['SubjectKind']
  subject_id: string
}): RouteLocationRaw {
  return { name: ROUTES[subject.subject_kind], params: { id: subject.subject_id } }
}

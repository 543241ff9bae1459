import type { Grant } from '../../lib/types'

export interface Bilingual {
  name_zh: string
  name_en: string
}

export type ScopeKind = 'shop' | 'merchant' | 'mall' | 'group'

/** The narrowest thing a grant is about; a grant of the whole group has no name of its own. */
export function grantPlace(grant: Grant): { kind: ScopeKind; name: Bilingual | null } {
  if (grant.shop_id) return { kind: 'shop', name: both(grant.shop_zh, grant.shop_en) }
  if (grant.merchant_id) {
    return { kind: 'merchant', name: both(grant.merchant_zh, grant.merchant_en) }
  }
  if (grant.mall_id) return { kind: 'mall', name: both(grant.mall_zh, grant.mall_en) }
  return { kind: 'group', name: null }
}

function both(zh: string | null | undefined, en: string | null | undefined): Bilingual {
  return { name_zh: zh ?? '', name_en: en ?? '' }
}

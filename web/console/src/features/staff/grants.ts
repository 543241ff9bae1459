import type { Schemas } from '@galleria/shared'
import type { Grant, Role } from '../../lib/types'

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

/** A grant being written: a role, and how far it goes. */
export interface GrantDraft {
  role: Role
  scope: ScopeKind
  merchant_id: string
  shop_id: string
}

export type WantedGrant = Schemas['WantedGrant']

export const ROLES: Role[] = ['operator', 'merchant_manager', 'clerk', 'guide', 'runner', 'rider']

/** Where a role makes sense: nobody runs a mall from one shop, a clerk stands at a counter, a runner walks all of it. */
export function scopesFor(role: Role, breadth: { group: boolean; mall: boolean }): ScopeKind[] {
  if (role === 'operator')
    return [
      ...(breadth.mall ? ['mall' as const] : []),
      ...(breadth.group ? ['group' as const] : []),
    ]
  if (role === 'runner' || role === 'rider') return breadth.mall ? ['mall'] : []
  if (role === 'merchant_manager') return ['merchant', 'shop']
  return ['shop', 'merchant']
}

export function wanted(draft: GrantDraft): WantedGrant {
  return {
    role: draft.role,
    merchant_id: draft.scope === 'merchant' ? draft.merchant_id : null,
    shop_id: draft.scope === 'shop' ? draft.shop_id : null,
    whole_group: draft.scope === 'group',
  }
}

export function draftOf(grant: Grant): GrantDraft {
  return {
    role: grant.role,
    scope: grantPlace(grant).kind,
    merchant_id: grant.shop_id ? '' : (grant.merchant_id ?? ''),
    shop_id: grant.shop_id ?? '',
  }
}

export function isComplete(draft: GrantDraft): boolean {
  if (draft.scope === 'merchant') return draft.merchant_id !== ''
  if (draft.scope === 'shop') return draft.shop_id !== ''
  return true
}

import type { Grant, Mall, Permission } from '../lib/types'

/** How far a permission has to reach: some shop of the mall, the whole mall, or every mall of the group. */
export type Breadth = 'any' | 'mall' | 'group'

type Place = Pick<Mall, 'id' | 'group_id'>

function holdsIn(grant: Grant, mall: Place): boolean {
  return grant.group_id === mall.group_id && (!grant.mall_id || grant.mall_id === mall.id)
}

function isWide(grant: Grant, breadth: Breadth): boolean {
  if (breadth === 'any') return true
  if (grant.merchant_id || grant.shop_id) return false
  return breadth === 'mall' || !grant.mall_id
}

/** What the server will decide too; here it only spares a person pages that would refuse him. */
export function allows(
  grants: readonly Grant[],
  mall: Place,
  permission: Permission,
  breadth: Breadth = 'any',
): boolean {
  return grants.some(
    (grant) =>
      holdsIn(grant, mall) && isWide(grant, breadth) && grant.permissions.includes(permission),
  )
}

export function mallsWithin(grants: readonly Grant[], malls: readonly Mall[]): Mall[] {
  return malls.filter((mall) => grants.some((grant) => holdsIn(grant, mall)))
}

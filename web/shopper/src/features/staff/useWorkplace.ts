import { localised, type Schemas, setDisplayZone, take } from '@galleria/shared'
import { computed, shallowRef } from 'vue'
import { staffClient } from '../../api'

export type Profile = Schemas['Profile']
export type Grant = Schemas['Named']
export type Permission = Schemas['Permission']

/** The counter this phone works at; those who work for the mall as a whole have no shop (''). */
export interface Workplace {
  mallId: string
  shopId: string
  shop_zh: string
  shop_en: string
}

const STORED_AS = 'galleria.workplace'

const profile = shallowRef<Profile>()
const place = shallowRef<Workplace | null>(stored())

function stored(): Workplace | null {
  try {
    const value = JSON.parse(localStorage.getItem(STORED_AS) ?? 'null') as Partial<Workplace> | null
    return value?.mallId && typeof value.shopId === 'string' ? (value as Workplace) : null
  } catch {
    return null
  }
}

/** Shops a grant names itself; wider grants have to be looked up. */
export function namedPlaces(grants: Grant[]): Workplace[] {
  const places = grants.flatMap((grant) =>
    grant.mall_id && grant.shop_id
      ? [
          {
            mallId: grant.mall_id,
            shopId: grant.shop_id,
            shop_zh: grant.shop_zh ?? '',
            shop_en: grant.shop_en ?? '',
          },
        ]
      : [],
  )
  return [...new Map(places.map((one) => [one.shopId, one])).values()]
}

/** Whole malls that a grant names: for runners, and whoever else is at home in no shop. */
export function wholeMalls(grants: Grant[]): Workplace[] {
  const malls = grants.flatMap((grant) =>
    grant.mall_id && !grant.merchant_id && !grant.shop_id
      ? [
          {
            mallId: grant.mall_id,
            shopId: '',
            shop_zh: grant.mall_zh ?? '',
            shop_en: grant.mall_en ?? '',
          },
        ]
      : [],
  )
  return [...new Map(malls.map((one) => [one.mallId, one])).values()]
}

/** Runners and riders work on foot: no shop is theirs to choose. */
export function onFoot(grants: Grant[]): boolean {
  return grants.length > 0 && grants.every((grant) => ['runner', 'rider'].includes(grant.role))
}

export function widerGrants(grants: Grant[]): Grant[] {
  return grants.filter((grant) => !grant.shop_id)
}

/** The grants that hold at a shop; a merchant's grant is only listed for that merchant's shops. */
export function grantsAt(grants: Grant[], at: Workplace | null): Grant[] {
  if (!at) return []
  return grants.filter(
    (grant) =>
      (!grant.shop_id || grant.shop_id === at.shopId) &&
      (!grant.mall_id || grant.mall_id === at.mallId),
  )
}

async function load(): Promise<Profile> {
  const mine = await take(staffClient.GET('/v1/staff/me'))
  profile.value = mine
  const only = namedPlaces(mine.grants)
  const here = place.value
  const lost = here && !reaches(mine.grants, here)
  if (lost) forget()
  if (!place.value && only.length === 1 && widerGrants(mine.grants).length === 0 && only[0]) {
    choose(only[0])
  }
  const [mall, ...others] = wholeMalls(mine.grants)
  if (!place.value && mall && others.length === 0 && onFoot(mine.grants)) choose(mall)
  if (place.value) void followZone(place.value)
  return mine
}

function reaches(grants: Grant[], at: Workplace): boolean {
  return grantsAt(grants, at).length > 0
}

/** Times on the counter are the mall's. */
async function followZone(at: Workplace): Promise<void> {
  const mall = await take(
    staffClient.GET('/v1/malls/{mall_id}', { params: { path: { mall_id: at.mallId } } }),
  ).catch(() => null)
  if (mall) setDisplayZone(mall.time_zone)
}

function choose(next: Workplace): void {
  place.value = next
  localStorage.setItem(STORED_AS, JSON.stringify(next))
  void followZone(next)
}

function forget(): void {
  place.value = null
  localStorage.removeItem(STORED_AS)
}

async function leave(): Promise<void> {
  await take(staffClient.POST('/v1/auth/sign-out', {})).catch(() => null)
  staffClient.session.clear()
  profile.value = undefined
  forget()
}

export function useWorkplace() {
  const grants = computed(() => grantsAt(profile.value?.grants ?? [], place.value))
  return {
    profile,
    place,
    signedIn: staffClient.session.signedIn,
    shopName: computed(() => (place.value ? localised(place.value, 'shop') : '')),
    role: computed(() => grants.value[0]?.role),
    may: (permission: Permission) =>
      grants.value.some((grant) => grant.permissions.includes(permission)),
    /** Whether a grant gives this in all of the mall, and not in one shop only. */
    wholeMall: (permission: Permission) =>
      grants.value.some(
        (grant) => !grant.merchant_id && !grant.shop_id && grant.permissions.includes(permission),
      ),
    several: computed(() => {
      const all = profile.value?.grants ?? []
      return widerGrants(all).length > 0 || namedPlaces(all).length > 1
    }),
    load,
    choose,
    leave,
    keep: (mine: Profile) => (profile.value = mine),
  }
}

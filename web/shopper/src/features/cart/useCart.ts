import { take, withKey, type Schemas } from '@galleria/shared'
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { memberClient } from '../../api'
import { useMallGate } from '../mall/useMall'

export type CartView = Schemas['CartView']
export type CartChange = Schemas['CartChange']

const cart = shallowRef<CartView | null>(null)
const { current } = useMallGate()
const { signedIn } = memberClient.session
let latest = 0

function mallPath(): { params: { path: { mall_id: string } } } {
  if (!current.value) throw new Error('The cart needs a mall')
  return { params: { path: { mall_id: current.value.id } } }
}

async function load(): Promise<CartView> {
  const mine = ++latest
  const view = await take(memberClient.GET('/v1/malls/{mall_id}/cart', mallPath()))
  if (mine === latest) cart.value = view
  return view
}

/** Sets quantities (0 removes). The answer knows no stock; screens that show it load again. */
async function set(key: string, lines: CartChange[]): Promise<CartView> {
  const call = { ...mallPath(), body: { lines }, ...withKey(key) }
  const view = await take(memberClient.PATCH('/v1/malls/{mall_id}/cart', call))
  latest += 1
  cart.value = withKnownStock(view, cart.value)
  return view
}

export function quantityOf(view: CartView | null, variantId: string): number {
  const lines = view?.shops.flatMap((shop) => shop.lines) ?? []
  return lines.find((line) => line.variant_id === variantId)?.quantity ?? 0
}

/** Puts so many more of a variant into the cart. */
async function add(key: string, variantId: string, quantity: number): Promise<CartView> {
  const before = quantityOf(cart.value ?? (await load()), variantId)
  return set(key, [{ variant_id: variantId, quantity: before + quantity }])
}

/** Keeps what stock was known to have, so that a changed quantity does not forget it. */
export function withKnownStock(next: CartView, known: CartView | null): CartView {
  const before = new Map(
    known?.shops.flatMap((shop) => shop.lines).map((line) => [line.variant_id, line.left]),
  )
  return {
    ...next,
    shops: next.shops.map((shop) => ({
      ...shop,
      lines: shop.lines.map((line) => {
        const left = line.left ?? before.get(line.variant_id) ?? null
        return { ...line, left, problem: line.problem ?? problemOf(line.quantity, left) }
      }),
    })),
  }
}

function problemOf(quantity: number, left: number | null): Schemas['Unavailable'] | null {
  if (left === null || quantity <= left) return null
  return left === 0 ? 'sold_out' : 'not_enough'
}

watch(
  [signedIn, () => current.value?.id],
  ([someone, mallId]) => {
    cart.value = null
    latest += 1
    // The badge does without when the network does not answer; the cart's own screen tells.
    if (someone && mallId) void load().catch(() => undefined)
  },
  { immediate: true },
)

export function useCart(): {
  cart: ShallowRef<CartView | null>
  count: ComputedRef<number>
  load: () => Promise<CartView>
  set: (key: string, lines: CartChange[]) => Promise<CartView>
  add: (key: string, variantId: string, quantity: number) => Promise<CartView>
} {
  return { cart, count: computed(() => cart.value?.quantity ?? 0), load, set, add }
}

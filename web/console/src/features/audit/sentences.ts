import type { RouteLocationRaw } from 'vue-router'

/** Every command a mall's journal can hold, by the module that owns it; each has its sentence in `audit.say`. */
export const KINDS = {
  checkout: ['place', 'pay_again', 'charge', 'cash', 'cancel', 'expire', 'ask'],
  orders: ['ready'],
  payments: [
    'note_started',
    'note_unknown',
    'note_refused',
    'notice',
    'refund_pending',
    'refund_succeeded',
    'refund_failed',
    'refund_unanswered',
    'retry_refund',
    'ask_refunds',
    'reconcile',
    'fetch_statement',
    'decide_difference',
  ],
  returns: ['refund'],
  redemption: ['redeem', 'reverse', 'coupon_ticket'],
  coupons: ['create', 'update', 'set_state', 'claim', 'expire', 'extend_claims'],
  points: ['set_rule', 'remove_rule', 'activate'],
  catalog: ['create', 'change', 'set_state', 'reindex'],
  merchandising: ['import_goods', 'export_goods', 'refuse_goods', 'progress'],
  stock: ['set_level'],
  carts: ['change'],
  members: ['send_code', 'verify'],
  malls: [
    'open',
    'change',
    'add_merchant',
    'change_merchant',
    'add_category',
    'change_category',
    'open_shop',
    'change_shop',
  ],
  venue: ['import'],
  media: ['store'],
  events: ['announce', 'change', 'cancel'],
  staff: ['hire', 'update'],
} as const satisfies Record<string, readonly string[]>

const KNOWN: ReadonlySet<string> = new Set(
  Object.entries(KINDS).flatMap(([module, names]) => names.map((name) => `${module}.${name}`)),
)

/** The message that tells a kind of command; commands of modules to come are told by their name. */
export function sentenceKey(kind: string): string {
  return KNOWN.has(kind) ? `audit.say.${kind}` : 'audit.say.other'
}

/** Where the thing a command was about can be seen; the names are those of the console's routes. */
export function subjectLink(
  kind: string,
  subject: string | null,
  hasRoute: (name: string) => boolean,
): RouteLocationRaw | null {
  if (!subject) return null
  const [module = '', name = ''] = kind.split('.')
  const target = routeOf(module, name, subject)
  return target && hasRoute(target.name) ? target : null
}

interface Target {
  name: string
  params?: Record<string, string>
  query?: Record<string, string>
}

function routeOf(module: string, name: string, subject: string): Target | null {
  if (module === 'checkout') return { name: 'order', params: { id: subject } }
  if (module === 'catalog') return { name: 'goods-edit', params: { id: subject } }
  if (module === 'coupons' && ['create', 'update', 'set_state'].includes(name)) {
    return { name: 'coupon', params: { id: subject } }
  }
  if (module === 'events') return { name: 'events', query: { event: subject } }
  if (module === 'staff') return { name: 'staff', query: { staff: subject } }
  if (module === 'malls' && name.endsWith('shop'))
    return { name: 'shop', params: { shopId: subject } }
  if (module === 'malls' && name.endsWith('category')) return { name: 'categories' }
  if (module === 'malls' && name.endsWith('merchant')) return { name: 'merchants' }
  if (module === 'malls') return { name: 'malls' }
  return null
}

const SECRET = /password|secret|token|totp|authorization/i

/** Pretty JSON for reading; should a secret ever reach the journal, it stops here. */
export function readable(value: unknown): string {
  return JSON.stringify(
    value,
    (key, inner: unknown) => (SECRET.test(key) && inner ? '••••••' : inner),
    2,
  )
}

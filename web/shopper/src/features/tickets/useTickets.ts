import { Problem, take, useClient, useStream } from '@galleria/shared'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useMall } from '../mall/useMall'
import { useMember } from '../member/useMember'
import {
  forgetKept,
  keptFrom,
  merged,
  missing,
  readKept,
  showable,
  writeKept,
  type KeptTicket,
  type MyTicket,
  type TicketCode,
} from './codeCache'

const AT_ONCE = 4

/** The tickets in the member's hand: at once from this phone, then fresh from the mall, then live. */
export function useTickets() {
  const client = useClient()
  const { mallId } = useMall()
  const { member, signedIn, topics } = useMember()
  const memberId = computed(() => member.value?.id ?? null)

  const kept = shallowRef<KeptTicket[]>(signedIn.value ? readKept(mallId.value, null) : [])
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(false)
  const fresh = ref(false)
  /** The ticket just used, until its joy is put away. */
  const used = shallowRef<MyTicket | null>(null)
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 5_000)
  onScopeDispose(() => clearInterval(timer))

  const tickets = computed(() => showable(kept.value, now.value))

  function keep(next: KeptTicket[]): void {
    kept.value = next
    writeKept(mallId.value, memberId.value, next)
  }

  async function fetchCode(ticketId: string): Promise<KeptTicket> {
    const path = { mall_id: mallId.value, ticket_id: ticketId }
    const code: TicketCode = await take(
      client.GET('/v1/malls/{mall_id}/me/tickets/{ticket_id}', { params: { path } }),
    )
    return keptFrom(code, Date.now())
  }

  async function load(): Promise<void> {
    if (!signedIn.value || loading.value) return
    loading.value = true
    try {
      const { items } = await take(
        client.GET('/v1/malls/{mall_id}/me/tickets', {
          params: { path: { mall_id: mallId.value }, query: { state: 'valid', limit: 50 } },
        }),
      )
      const known = readKept(mallId.value, memberId.value)
      keep(merged(known, items))
      const wanted = missing(kept.value, items)
      while (wanted.length > 0) {
        const codes = await Promise.all(wanted.splice(0, AT_ONCE).map(fetchCode))
        keep([...kept.value, ...codes])
      }
      fresh.value = true
      problem.value = null
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problem.value = error
    } finally {
      loading.value = false
    }
  }

  async function celebrate(ticketId: string): Promise<void> {
    const before = kept.value.find((ticket) => ticket.id === ticketId)
    if (before) used.value = { ...before, state: 'redeemed', redeemed_at: new Date().toISOString() }
    keep(kept.value.filter((ticket) => ticket.id !== ticketId))
    navigator.vibrate?.([60, 40, 120])
    used.value = await fetchCode(ticketId).catch(() => used.value)
  }

  const { connected } = useStream(topics, (event, data) => {
    const ticketId = (data as { ticket_id?: string }).ticket_id
    if (event === 'redemption.redeemed' && ticketId) void celebrate(ticketId)
    else if (/^(redemption|orders|returns)\./.test(event)) void load()
  })

  // Whatever happened while the line was down is asked for when it is back.
  watch(connected, (isBack) => isBack && void load())
  watch(signedIn, (still) => {
    if (still) void load()
    else {
      forgetKept()
      kept.value = []
    }
  })
  void load()
  return { tickets, problem, loading, fresh, used, connected, load }
}

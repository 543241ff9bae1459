import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { clientKey } from '../shared/src/api/client'
import { Problem } from '../shared/src/api/problem'
import { createGalleriaI18n } from '../shared/src/i18n'
import PosterView from '../shopper/src/features/coupons/PosterView.vue'

const signedIn = ref(false)
vi.mock('../shopper/src/features/member/useMember', () => ({ useMember: () => ({ signedIn }) }))
vi.mock('../shopper/src/features/mall/useMall', () => ({
  useMall: () => ({ mallId: ref('m'), currency: ref('CNY') }),
}))

const OFFER = {
  kind: 'amount',
  amount_minor: 2_000,
  threshold_minor: 10_000,
  title_zh: '海报礼券',
  title_en: 'From a poster',
  use_until: '2026-12-01T00:00:00Z',
  valid_days: null,
  points_price: 0,
  claimable: true,
  refusal: null,
}

async function poster(answer: object | Problem) {
  const GET = vi.fn(async () => {
    if (answer instanceof Problem) throw answer
    return { data: answer }
  })
  const POST = vi.fn(async () => ({ data: { use_until: '2026-12-01T00:00:00Z' } }))
  const i18n = await createGalleriaI18n({
    'zh-CN': () => import('../shopper/src/messages/zh-CN'),
    en: () => import('../shopper/src/messages/en'),
  })
  await i18n.setLocale('en')
  const page = mount(PosterView, {
    props: { token: 'TOKEN' },
    global: {
      plugins: [i18n.plugin],
      provide: { [clientKey as symbol]: { GET, POST } },
      stubs: { RouterLink: { template: '<a><slot /></a>' } },
      mocks: { $route: { fullPath: '/p/TOKEN' } },
    },
  })
  await flushPromises()
  const part = (name: string) => page.find(`[data-test="${name}"]`)
  return { page, part, GET, POST }
}

beforeEach(() => (signedIn.value = false))

it('shows a stranger the coupon before the sign-in', async () => {
  const { page, part } = await poster(OFFER)
  expect(page.text()).toContain('From a poster')
  expect(part('poster-sign-in').exists()).toBe(true)
  expect(part('poster-claim').exists()).toBe(false)
})

it('gives a member the coupon with one tap', async () => {
  signedIn.value = true
  const { part, POST } = await poster(OFFER)
  await part('poster-claim').trigger('click')
  await flushPromises()
  expect(POST).toHaveBeenCalledOnce()
  expect(part('poster-got').exists()).toBe(true)
})

it('says before the tap what cannot be had', async () => {
  signedIn.value = true
  const { part } = await poster({ ...OFFER, claimable: false, refusal: 'coupon_sold_out' })
  expect(part('poster-claim').attributes('disabled')).toBeDefined()
})

it('leads on where there is no such poster', async () => {
  const { part } = await poster(new Problem({ status: 404, code: 'not_found' }))
  expect(part('poster-gone').exists()).toBe(true)
})

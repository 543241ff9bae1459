import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createFetch, type Fetch } from '../shared/src/api/fetch'
import { Problem } from '../shared/src/api/problem'
import { createSession } from '../shared/src/api/session'

const URL_BASE = 'http://mall.test'
const session = createSession('galleria.member')

function answering(...answers: (Response | Error)[]) {
  const sent: Request[] = []
  const fetch: Fetch = async (request) => {
    sent.push(request)
    const answer = answers.length > 1 ? answers.shift() : answers[0]?.valueOf()
    if (answer instanceof Error) throw answer
    return (answer as Response).clone()
  }
  return { fetch, sent }
}

function client(fetch: Fetch) {
  const pause = vi.fn(async () => undefined)
  const onUnauthorized = vi.fn()
  const call = createFetch({ session, language: () => 'en', onUnauthorized, fetch, pause })
  return { call, pause, onUnauthorized }
}

const get = () => new Request(`${URL_BASE}/v1/me`)
const post = (headers = {}) =>
  new Request(`${URL_BASE}/v1/orders`, { method: 'POST', body: '{}', headers })
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })

beforeEach(() => session.save({ access_token: 'old', refresh_token: 'r1' }))

it('says who asks and in which language', async () => {
  const { fetch, sent } = answering(json({}))
  await client(fetch).call(get())
  expect(sent[0]?.headers.get('Authorization')).toBe('Bearer old')
  expect(sent[0]?.headers.get('Accept-Language')).toBe('en')
  expect(sent[0]?.headers.has('Idempotency-Key')).toBe(false)
})

it('says from which phone, always the same', async () => {
  const { fetch, sent } = answering(json({}))
  const { call } = client(fetch)
  await call(get())
  await call(post())
  const [first, second] = sent.map((request) => request.headers.get('Galleria-Device'))
  expect(first).toMatch(/^[\da-f-]{32,36}$/)
  expect(second).toBe(first)
})

describe('retries', () => {
  it('repeats an unsafe call under one key', async () => {
    const { fetch, sent } = answering(new TypeError('offline'), json({}, 503), json({ ok: true }))
    const { call, pause } = client(fetch)
    expect(await (await call(post())).json()).toEqual({ ok: true })
    const keys = sent.map((request) => request.headers.get('Idempotency-Key'))
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
    expect(pause.mock.calls).toEqual([[300], [600]])
  })

  it('keeps the key the screen gave', async () => {
    const { fetch, sent } = answering(json({}))
    await client(fetch).call(post({ 'Idempotency-Key': 'mine' }))
    expect(sent[0]?.headers.get('Idempotency-Key')).toBe('mine')
  })

  it('gives up after three and says it is the network', async () => {
    const { fetch, sent } = answering(new TypeError('offline'))
    await expect(client(fetch).call(get())).rejects.toMatchObject({ code: 'network', status: 0 })
    expect(sent).toHaveLength(4)
  })
})

describe('an expired token', () => {
  it('is renewed once for many callers', async () => {
    let renewals = 0
    const fetch: Fetch = async (request) => {
      if (request.url.endsWith('/v1/auth/refresh')) {
        renewals += 1
        expect(await request.json()).toEqual({ refresh_token: 'r1' })
        return json({ access_token: 'new', refresh_token: 'r2', expires_in: 900 })
      }
      const fresh = request.headers.get('Authorization') === 'Bearer new'
      return fresh ? json({ ok: true }) : json({}, 401)
    }
    const { call, onUnauthorized } = client(fetch)
    const answers = await Promise.all([call(get()), call(post()), call(get())])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
    expect(renewals).toBe(1)
    expect(onUnauthorized).not.toHaveBeenCalled()
    expect(session.read()).toEqual({ access_token: 'new', refresh_token: 'r2' })
  })

  it('that cannot be renewed signs out', async () => {
    const { fetch } = answering(json({ code: 'unauthorized' }, 401))
    const { call, onUnauthorized } = client(fetch)
    await expect(call(get())).rejects.toBeInstanceOf(Problem)
    expect(onUnauthorized).toHaveBeenCalledOnce()
    expect(session.signedIn.value).toBe(false)
  })

  it('keeps the session when the renewal only failed on the way', async () => {
    const fetch: Fetch = async (request) => {
      if (request.url.endsWith('/v1/auth/refresh')) throw new TypeError('offline')
      return json({}, 401)
    }
    await expect(client(fetch).call(get())).rejects.toMatchObject({ code: 'network' })
    expect(session.signedIn.value).toBe(true)
  })
})

it('throws what the server refused, field by field', async () => {
  const details = {
    type: 'about:blank',
    title: 'Invalid input',
    status: 422,
    detail: 'The name is missing.',
    code: 'invalid_input',
    errors: [{ field: 'name', message: 'Give a name.', code: 'required' }],
  }
  const { fetch } = answering(json(details, 422))
  const problem = await client(fetch)
    .call(post())
    .catch((error: unknown) => error as Problem)
  expect(problem).toBeInstanceOf(Problem)
  expect(problem).toMatchObject({ code: 'invalid_input', status: 422, errors: details.errors })
  expect((problem as Problem).errorOf('name')).toBe('Give a name.')
})

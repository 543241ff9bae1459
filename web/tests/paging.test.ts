import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { Problem } from '../shared/src/api/problem'
import { useAsync } from '../shared/src/composables/useAsync'
import { usePaged, type Page } from '../shared/src/composables/usePaged'

it('walks the pages to the end', async () => {
  const pages: Record<string, Page<number>> = {
    start: { items: [1, 2], next_cursor: 'b' },
    b: { items: [3], next_cursor: null },
  }
  const list = usePaged(async (cursor) => pages[cursor ?? 'start'] as Page<number>)
  expect(list.state.value).toBe('loading')
  await flushPromises()
  expect(list.state.value).toBe('more')
  await list.more()
  expect(list.items.value).toEqual([1, 2, 3])
  expect(list.state.value).toBe('end')
})

it('keeps what it has when a page fails, and goes on from there', async () => {
  let fail = false
  const list = usePaged(async (cursor): Promise<Page<number>> => {
    if (fail) throw Problem.network()
    return cursor ? { items: [2], next_cursor: null } : { items: [1], next_cursor: 'b' }
  })
  await flushPromises()
  fail = true
  await list.more()
  expect(list.state.value).toBe('error')
  expect(list.items.value).toEqual([1])
  fail = false
  await list.more()
  expect(list.items.value).toEqual([1, 2])
})

it('knows an empty list', async () => {
  const list = usePaged(async () => ({ items: [], next_cursor: null }))
  await flushPromises()
  expect(list.state.value).toBe('empty')
})

it('drops an answer that a later question overtook', async () => {
  const answers: ((value: string) => void)[] = []
  const read = useAsync(() => new Promise<string>((resolve) => answers.push(resolve)))
  void read.run()
  answers[1]?.('new')
  answers[0]?.('old')
  await flushPromises()
  expect(read.data.value).toBe('new')
  expect(read.loading.value).toBe(false)
})

import { expect, it } from 'vitest'
import { parseEvents } from '../shared/src/stream/parse'

function bytes(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
}

async function collect(stream: ReadableStream<Uint8Array>) {
  const events = []
  for await (const event of parseEvents(stream)) events.push(event)
  return events
}

it('puts events together across chunks and skips comments', async () => {
  const stream = bytes(': hello\n\nevent: queue.called\nda', 'ta: {"number":"A12"}\n', '\n')
  expect(await collect(stream)).toEqual([{ event: 'queue.called', data: '{"number":"A12"}' }])
})

it('joins data lines and takes CRLF, even cut in half', async () => {
  const stream = bytes('data: [1,\r\ndata: 2]\r', '\n\r\n', 'data:x\n\n', 'data: unfinished')
  expect(await collect(stream)).toEqual([
    { event: 'message', data: '[1,\n2]' },
    { event: 'message', data: 'x' },
  ])
})

it('takes an event without data for the sign of life it is', async () => {
  expect(await collect(bytes(': alive\r\ndata: \r\n\r\n', 'data: 1\n\n'))).toEqual([
    { event: 'message', data: '1' },
  ])
})

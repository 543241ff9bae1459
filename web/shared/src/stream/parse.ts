export interface StreamEvent {
  event: string
  data: string
}

/** Reads server-sent events from a byte stream (WHATWG HTML, section 9.2.6). */
export async function* parseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let pending = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = `${pending}${decoder.decode(value, { stream: true })}`.split(/\r?\n\r?\n/)
      pending = blocks.pop() ?? ''
      yield* blocks.map(parseBlock).filter((event) => event !== null)
    }
  } finally {
    await reader.cancel()
  }
}

function parseBlock(block: string): StreamEvent | null {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]+):? ?(.*)$/.exec(line) ?? []
    if (field === 'event') event = value ?? ''
    if (field === 'data') data.push(value ?? '')
  }
  // An event without data is none; the server's heartbeat comes as an empty data line.
  const text = data.join('\n')
  return text === '' ? null : { event, data: text }
}

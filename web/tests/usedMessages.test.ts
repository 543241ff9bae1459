import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messageKeys } from './messageKeys'

const APPS = [
  { messages: 'shared/src/i18n/messages', code: ['shared/src', 'shopper/src', 'console/src'] },
  { messages: 'shopper/src/messages', code: ['shopper/src'] },
  { messages: 'console/src/messages', code: ['console/src'] },
]

function codeIn(folder: string): string {
  return readdirSync(join(process.cwd(), folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue)$/.test(name) && !name.endsWith('schema.d.ts'))
    .map((name) => readFileSync(join(process.cwd(), folder, name), 'utf8'))
    .join('\n')
}

/** Keys written out in full, and the beginnings of those put together at run time. */
function mentioned(code: string): { whole: Set<string>; beginnings: string[] } {
  const found = (pattern: RegExp) => [...code.matchAll(pattern)].map(([, key]) => key ?? '')
  return {
    whole: new Set(found(/['"`](\w+(?:\.[\w-]+)+)['"`]/g)),
    beginnings: [...found(/`(\w+\.(?:\w+\.)*\w*)\$\{/g), ...found(/['"](\w+\.(?:\w+\.)*)['"]/g)],
  }
}

describe.each(APPS)('$messages', ({ messages, code }) => {
  it('says nothing that no screen asks for', () => {
    const { whole, beginnings } = mentioned(code.map(codeIn).join('\n'))
    const unused = [...messageKeys(messages, 'zh-CN').keys()].filter(
      (key) => !whole.has(key) && !beginnings.some((beginning) => key.startsWith(beginning)),
    )
    expect(unused).toEqual([])
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

type Tree = { [key: string]: string | Tree }

const FOLDERS = ['shared/src/i18n/messages', 'shopper/src/messages', 'console/src/messages']

function read(folder: string, language: string): Map<string, string> {
  const root = join(process.cwd(), folder, language)
  const files = readdirSync(root).filter((name) => name.endsWith('.json'))
  const leaves = files.flatMap((name) =>
    flatten(JSON.parse(readFileSync(join(root, name), 'utf8')) as Tree, name.replace('.json', '')),
  )
  return new Map(leaves)
}

function flatten(tree: Tree, path: string): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[`${path}.${key}`, value] as [string, string]]
      : flatten(value, `${path}.${key}`),
  )
}

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

describe.each(FOLDERS)('%s', (folder) => {
  const chinese = read(folder, 'zh-CN')
  const english = read(folder, 'en')

  it('says everything in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('leaves no message empty', () => {
    const empty = [...chinese, ...english].filter(([, text]) => text.trim() === '')
    expect(empty).toEqual([])
  })

  it('fills the same blanks in both languages', () => {
    for (const [key, text] of chinese) {
      expect(placeholders(english.get(key) ?? ''), key).toEqual(placeholders(text))
    }
  })
})

import { describe, expect, it } from 'vitest'
import { messageKeys } from './messageKeys'

const FOLDERS = ['shared/src/i18n/messages', 'shopper/src/messages', 'console/src/messages']

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

describe.each(FOLDERS)('%s', (folder) => {
  const chinese = messageKeys(folder, 'zh-CN')
  const english = messageKeys(folder, 'en')

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

import { locale } from '@galleria/shared'

interface InBoth {
  name_zh: string
  name_en: string
}

/** Of a text in both languages the reader's, or the other one when it is missing. */
export function inTheirWords(zh: string | null | undefined, en: string | null | undefined): string {
  return (locale.value === 'en' ? en || zh : zh || en) ?? ''
}

export function nameOf(thing: InBoth): string {
  return inTheirWords(thing.name_zh, thing.name_en)
}

export function shopOf(thing: { shop_zh?: string | null; shop_en?: string | null }): string {
  return inTheirWords(thing.shop_zh, thing.shop_en)
}

export function titleOf(thing: { title_zh: string; title_en: string }): string {
  return inTheirWords(thing.title_zh, thing.title_en)
}

export function optionOf(thing: { option_zh: string; option_en: string }): string {
  return inTheirWords(thing.option_zh, thing.option_en)
}

/** Where a stored picture is found; an address stays as it is. */
export function pictureAt(name: string | null | undefined): string | null {
  if (!name) return null
  return name.startsWith('/') ? name : `/files/${name}`
}

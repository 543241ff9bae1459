import { locale } from './locale'

type Both<F extends string> = { readonly [Key in `${F}_zh` | `${F}_en`]?: string | null }

/** What the mall wrote in two languages, in the reader's; the other one where a text is missing. */
export function localised<F extends string>(row: Both<F>, field: F): string {
  const [zh, en] = [row[`${field}_zh`], row[`${field}_en`]]
  return (locale.value === 'en' ? en || zh : zh || en) ?? ''
}

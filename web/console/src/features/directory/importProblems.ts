import type { FieldError } from '@galleria/shared'

export interface ImportProblem {
  file: string
  at: string
  field: string
  message: string
}

/** The server's path `shops.csv:14:name_zh` in its parts; a feature's place may hold colons itself. */
export function importProblem(
  { field, message }: FieldError,
  files: readonly string[],
): ImportProblem {
  const file = files
    .filter((name) => field === name || field.startsWith(`${name}:`))
    .sort((a, b) => b.length - a.length)[0]
  if (file === undefined) {
    const [first = '', ...rest] = field.split(':')
    return { file: first, at: rest.slice(0, -1).join(':'), field: rest.at(-1) ?? '', message }
  }
  const rest = field.slice(file.length + 1)
  const cut = rest.lastIndexOf(':')
  return cut === -1
    ? { file, at: rest, field: '', message }
    : { file, at: rest.slice(0, cut), field: rest.slice(cut + 1), message }
}

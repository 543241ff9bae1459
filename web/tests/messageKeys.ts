import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

type Tree = { [key: string]: string | Tree }

/** Every message of a language by its full key. */
export function messageKeys(folder: string, language: string): Map<string, string> {
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

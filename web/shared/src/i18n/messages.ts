export interface MessageTree {
  [key: string]: string | MessageTree
}

/** Turns `import.meta.glob('./*.json')` into one tree: `./home.json` becomes the top-level key `home`. */
export function collectMessages(files: Record<string, unknown>): MessageTree {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [nameOf(path), content as MessageTree]),
  )
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.json$/, '')
}

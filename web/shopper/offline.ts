import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

/** Writes sw.js with the list of files this build made, so that the shell opens without network. */
export function offlineShell(): Plugin {
  return {
    name: 'galleria:offline-shell',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle)
        .filter((name) => /\.(js|css|woff2)$/.test(name) && !/cyrillic|greek|vietnamese/.test(name))
        .map((name) => `/${name}`)
        .sort()
      const version = createHash('sha256').update(files.join()).digest('hex').slice(0, 12)
      const template = readFileSync(new URL('./src/serviceWorker.js', import.meta.url), 'utf8')
      this.emitFile({
        type: 'asset',
        fileName: 'sw.js',
        source: template
          .replace("'%VERSION%'", JSON.stringify(version))
          .replace("'%FILES%'", files.map((file) => JSON.stringify(file)).join(', ')),
      })
    },
  }
}

// Fails when the script a phone must load before the home screen works outgrows its budget.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 150
const dist = new URL('../shopper/dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

/** Loaded at once, whatever language: the entry, its words, the shell and the home screen. */
const FIRST_SCREEN = [
  'index.html',
  '../shared/src/i18n/messages/zh-CN/index.ts',
  'src/messages/zh-CN/index.ts',
  'src/layouts/ShopperLayout.vue',
  'src/views/HomeView.vue',
]

function withImports(key, seen) {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`${key} is not in the build's manifest`)
  if (seen.has(chunk.file)) return
  seen.add(chunk.file)
  for (const imported of chunk.imports ?? []) withImports(imported, seen)
}

const files = new Set()
for (const key of FIRST_SCREEN) withImports(key, files)

const kilobytes = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1000
const total = [...files].reduce((sum, file) => sum + kilobytes(file), 0)

console.log(
  `shopper first screen: ${total.toFixed(1)} kB of script in ${files.size} files (budget ${BUDGET_KB} kB)`,
)
process.exitCode = total > BUDGET_KB ? 1 : 0

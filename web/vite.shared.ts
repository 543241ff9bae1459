import type { Plugin, ServerOptions } from 'vite'

const API = `http://127.0.0.1:${process.env.GALLERIA_PORT ?? '8000'}`

/** In development the API answers on its own port. */
export const proxy: ServerOptions['proxy'] = { '/v1': API, '/files': API, '/pay': API }

/** vue-i18n without its legacy interface and without code generation, so that no eval is needed. */
export const i18nFlags = {
  __VUE_OPTIONS_API__: true,
  __VUE_PROD_DEVTOOLS__: false,
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
  __VUE_I18N_FULL_INSTALL__: false,
  __VUE_I18N_LEGACY_API__: false,
  __INTLIFY_PROD_DEVTOOLS__: false,
  __INTLIFY_DROP_MESSAGE_COMPILER__: false,
}

const FUNCTION_STYLES: [RegExp, string][] = [
  [/^(show|close|setToast|allowMultipleToast|resetToast)\w*Toast\w*$/, 'toast'],
  [/^(show|close)(Confirm)?Dialog$/, 'dialog'],
  [/^(show|close)Notify$/, 'notify'],
  [/^showImagePreview$/, 'image-preview'],
]

function styleOf(name: string): string | null {
  const fromFunction = FUNCTION_STYLES.find(([pattern]) => pattern.test(name))
  if (fromFunction) return fromFunction[1]
  if (!/^[A-Z]/.test(name) || name === 'Locale' || name === 'Lazyload') return null
  return name.replace(/\B[A-Z]/g, '-$&').toLowerCase()
}

/** `import { Button } from 'vant'` also brings the sheet of that component, and no other. */
export function vantStyles(): Plugin {
  return {
    name: 'galleria:vant-styles',
    transform(code, id) {
      if (id.includes('/vant/es/icon/index.css')) return withoutRemoteFont(code)
      if (id.includes('/node_modules/') || !/\.(ts|vue)(\?|$)/.test(id)) return null
      const sheets = new Set<string>()
      for (const [, names] of code.matchAll(/import\s*\{([^}]+)\}\s*from\s*["']vant["']/g)) {
        for (const name of (names ?? '').split(',')) {
          const style = styleOf((name.trim().split(/\s+as\s+/)[0] ?? '').replace(/^type .*/, ''))
          if (style) sheets.add(`import 'vant/es/${style}/style'`)
        }
      }
      return sheets.size > 0 ? { code: `${code}\n${[...sheets].join('\n')}`, map: null } : null
    },
  }
}

/** The icon sheet carries its font inside; the address of a remote copy beside it has to go. */
function withoutRemoteFont(code: string): { code: string; map: null } {
  return { code: code.replace(/,\s*url\(\/\/[^)]*\)\s*format\([^)]*\)/g, ''), map: null }
}

import { locale } from '@galleria/shared'
import { Locale } from 'vant'
import { watch } from 'vue'

/** Vant speaks Chinese by birth; its English arrives when needed. */
export function followVantLocale(): void {
  watch(
    locale,
    async (next) => {
      const words =
        next === 'en'
          ? await import('vant/es/locale/lang/en-US')
          : await import('vant/es/locale/lang/zh-CN')
      Locale.use(next, words.default)
    },
    { immediate: true },
  )
}

import { useI18n } from 'vue-i18n'

/** What a claim button says when it cannot be pressed; a refusal without words of its own is just "not now". */
export function useButton(): (refusal: string) => string {
  const { t, te } = useI18n()
  return (refusal) => {
    const key = `coupons.button.${refusal}`
    return te(key) ? t(key) : t('coupons.button.other')
  }
}

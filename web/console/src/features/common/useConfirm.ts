import { ElMessageBox } from 'element-plus'
import { useI18n } from 'vue-i18n'

/** Asks before something that shoppers will see; resolves to whether the person goes ahead. */
export function useConfirm(): (title: string, detail: string, action: string) => Promise<boolean> {
  const { t } = useI18n()
  return async (title, detail, action) => {
    try {
      await ElMessageBox.confirm(detail, title, {
        confirmButtonText: action,
        cancelButtonText: t('desk.cancel'),
        autofocus: true,
        customClass: 'g-confirm',
        confirmButtonClass: 'g-confirm__go',
      })
      return true
    } catch {
      return false
    }
  }
}

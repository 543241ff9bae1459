import { localised } from '@galleria/shared'
import { useI18n } from 'vue-i18n'
import type { AuditRow } from '../../lib/types'
import { sentenceKey } from './sentences'

/** Tells a journal row the way a colleague would: who did what, where. */
export function useSentence(): {
  say: (row: AuditRow) => string
  actor: (row: AuditRow) => string
} {
  const { t } = useI18n()

  function actor(row: AuditRow): string {
    return row.actor_name || t(row.actor_kind === 'system' ? 'audit.system' : 'audit.somebody')
  }

  function say(row: AuditRow): string {
    const shop = localised({ shop_zh: row.shop_zh ?? '', shop_en: row.shop_en ?? '' }, 'shop')
    return t(sentenceKey(row.kind), {
      actor: actor(row),
      where: shop ? t('audit.where', { shop }) : '',
      kind: row.kind,
    })
  }

  return { say, actor }
}

import { useI18n } from 'vue-i18n'
import type { Problem } from '../api/problem'

/** The server already speaks the reader's language; only what never reached it is worded here. */
export function useProblemText(): (problem: Problem) => string {
  const { t } = useI18n()
  return (problem) => {
    if (problem.code === 'network') return t('shared.problem.network')
    return problem.detail || problem.title || t('shared.problem.unknown')
  }
}

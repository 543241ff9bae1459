import { useProblemText, type Problem } from '@galleria/shared'
import { onScopeDispose, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Verdict } from '../../scan/QrScanner.vue'
import { isFine, type Sent } from './scanQueue'

const GOOD_FOR_MS = 1_100

/** What the last scan was answered with: success goes by itself, so that the next bag can be scanned. */
export function useVerdict() {
  const { t } = useI18n()
  const problemText = useProblemText()
  const verdict = shallowRef<Verdict | null>(null)
  let timer = 0

  function show(next: Verdict): void {
    window.clearTimeout(timer)
    verdict.value = next
    if (next.kind === 'success')
      timer = window.setTimeout(() => (verdict.value = null), GOOD_FOR_MS)
  }

  function answered(sent: Sent, done: string): void {
    if (sent === 'kept') {
      show({ kind: 'success', title: t('bagWork.kept'), detail: t('bagWork.keptDetail') })
    } else if (isFine(sent)) {
      const plain = sent.outcome === 'accepted'
      show({ kind: 'success', title: plain ? done : t(`bagWork.outcome.${sent.outcome}`) })
    } else {
      refuse(t('bagWork.refused'), sent.message || t(`bagWork.outcome.${sent.outcome}`))
    }
  }

  const done = (title: string) => show({ kind: 'success', title })

  function refuse(title: string, detail: string): void {
    show({ kind: 'refusal', title, detail })
  }

  onScopeDispose(() => window.clearTimeout(timer))
  return {
    verdict,
    answered,
    done,
    refuse,
    refused: (problem: Problem) => refuse(t('bagWork.refused'), problemText(problem)),
    noLabel: () => refuse(t('bagWork.noLabel'), t('bagWork.noLabelDetail')),
    next: () => (verdict.value = null),
  }
}

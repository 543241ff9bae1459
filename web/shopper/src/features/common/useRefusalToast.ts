import { useProblemText, type Problem } from '@galleria/shared'
import { showToast } from 'vant'

/** Says a refusal over the screen, for the writes that have no field to say it at. */
export function useRefusalToast(
  worded?: (problem: Problem) => string,
): (problem: Problem | null) => void {
  const problemText = useProblemText()
  const words = worded ?? ((problem: Problem) => problem.errors[0]?.message ?? problemText(problem))
  return (problem) => {
    // Whoever is signed out is on the way to the sign-in page already.
    if (!problem || problem.status === 401) return
    showToast({ message: words(problem), duration: 4000, wordBreak: 'break-word' })
  }
}

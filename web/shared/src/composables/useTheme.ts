import { computed, ref, type ComputedRef, type Ref } from 'vue'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORED_AS = 'galleria.theme'

const darkSystem = window.matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(darkSystem.matches)
darkSystem.addEventListener('change', (event) => (systemIsDark.value = event.matches))

const stored = localStorage.getItem(STORED_AS) as Theme
const chosen = ref<Theme>(THEMES.includes(stored) ? stored : 'system')

function apply(): void {
  const root = document.documentElement
  if (chosen.value === 'system') delete root.dataset.theme
  else root.dataset.theme = chosen.value
}
apply()

const resolved = computed(() => {
  if (chosen.value !== 'system') return chosen.value
  return systemIsDark.value ? 'dark' : 'light'
})

export function useTheme(): {
  theme: Readonly<Ref<Theme>>
  resolved: ComputedRef<'light' | 'dark'>
  setTheme: (next: Theme) => void
} {
  return {
    theme: chosen,
    resolved,
    setTheme(next) {
      chosen.value = next
      localStorage.setItem(STORED_AS, next)
      apply()
    },
  }
}

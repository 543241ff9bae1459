import { computed, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { useNow } from './useNow'

export interface CountdownParts {
  days: number
  /** Two digits each. */
  hours: string
  minutes: string
  seconds: string
}

const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')

export function partsOf(seconds: number): CountdownParts {
  return {
    days: Math.floor(seconds / 86_400),
    hours: two((seconds / 3_600) % 24),
    minutes: two((seconds / 60) % 60),
    seconds: two(seconds % 60),
  }
}

export interface CountdownInput {
  until: MaybeRefOrGetter<string | number | Date>
  /** Server clock minus this phone's, in milliseconds. */
  skewMs?: MaybeRefOrGetter<number>
  over?: () => void
}

/** Whole seconds until an instant by the server's clock, and what they come to. */
export function useCountdown({ until, skewMs = 0, over }: CountdownInput): {
  left: ComputedRef<number>
  parts: ComputedRef<CountdownParts>
} {
  const now = useNow()
  const left = computed(() => {
    const ms = new Date(toValue(until)).getTime() - now.value - toValue(skewMs)
    return Math.max(0, Math.ceil(ms / 1000))
  })
  watch(left, (seconds, before) => {
    if (seconds === 0 && before > 0) over?.()
  })
  return { left, parts: computed(() => partsOf(left.value)) }
}

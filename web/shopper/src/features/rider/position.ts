import { onScopeDispose, watch, type Ref } from 'vue'

const PATIENCE_MS = 2_000
const EVERY_MS = 20_000

/** Where the phone is, or null when it does not say in time. */
export function whereIsIt(): Promise<{ lat: number; lon: number } | null> {
  if (!('geolocation' in navigator)) return Promise.resolve(null)
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude }),
      () => resolve(null),
      { timeout: PATIENCE_MS, maximumAge: 10_000, enableHighAccuracy: true },
    )
  })
}

/** Tells where the phone is, now and then, for as long as something is carried. */
export function useFollowing(
  carrying: Ref<boolean>,
  tell: (lat: number, lon: number) => Promise<unknown>,
): void {
  let watching: number | null = null
  let last = 0

  function stop(): void {
    if (watching !== null) navigator.geolocation.clearWatch(watching)
    watching = null
  }

  function moved({ coords }: GeolocationPosition): void {
    if (Date.now() - last < EVERY_MS) return
    last = Date.now()
    // A place that does not get through is old by the time it could be sent again.
    void tell(coords.latitude, coords.longitude).catch(() => null)
  }

  watch(
    carrying,
    (is) => {
      stop()
      if (is && 'geolocation' in navigator) {
        watching = navigator.geolocation.watchPosition(moved, () => null, {
          enableHighAccuracy: true,
        })
      }
    },
    { immediate: true },
  )
  onScopeDispose(stop)
}

import { onScopeDispose } from 'vue'

/** Keeps the screen on while a ticket is shown, where the browser can; it lets go when hidden. */
export function useWakeLock(): void {
  let lock: WakeLockSentinel | null = null
  let disposed = false

  async function hold(): Promise<void> {
    if (document.hidden || !('wakeLock' in navigator)) return
    // Refused on low battery: the ticket works all the same.
    lock = await navigator.wakeLock.request('screen').catch(() => null)
    if (disposed) void lock?.release()
  }

  void hold()
  document.addEventListener('visibilitychange', hold)
  onScopeDispose(() => {
    disposed = true
    document.removeEventListener('visibilitychange', hold)
    void lock?.release()
  })
}

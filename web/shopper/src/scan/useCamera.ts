import { onMounted, onScopeDispose, ref, type Ref } from 'vue'

export type CameraState = 'starting' | 'running' | 'denied' | 'missing'

interface TorchCapabilities extends MediaTrackCapabilities {
  torch?: boolean
}

/** The rear camera in a video element, given back when the screen is left or hidden. */
export function useCamera(video: Ref<HTMLVideoElement | null>) {
  const state = ref<CameraState>('starting')
  const torchAvailable = ref(false)
  const torchOn = ref(false)
  let stream: MediaStream | null = null
  let disposed = false

  async function start(): Promise<void> {
    if (!navigator.mediaDevices) {
      state.value = 'missing'
      return
    }
    try {
      const opened = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
      })
      await adopt(opened)
    } catch (error) {
      const name = error instanceof DOMException ? error.name : ''
      state.value = name === 'NotAllowedError' ? 'denied' : 'missing'
    }
  }

  async function adopt(opened: MediaStream): Promise<void> {
    stop()
    stream = opened
    if (disposed || !video.value) {
      stop()
      return
    }
    video.value.srcObject = opened
    await video.value.play()
    const track = opened.getVideoTracks()[0]
    const capabilities = track?.getCapabilities?.() as TorchCapabilities | undefined
    torchAvailable.value = capabilities?.torch === true
    state.value = 'running'
  }

  function stop(): void {
    stream?.getTracks().forEach((track) => track.stop())
    stream = null
    torchOn.value = false
  }

  async function toggleTorch(): Promise<void> {
    const wanted = !torchOn.value
    const torch = { torch: wanted } as MediaTrackConstraintSet
    await stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [torch] })
    torchOn.value = wanted
  }

  function followVisibility(): void {
    if (document.hidden) stop()
    else void start()
  }

  onMounted(start)
  document.addEventListener('visibilitychange', followVisibility)
  onScopeDispose(() => {
    disposed = true
    document.removeEventListener('visibilitychange', followVisibility)
    stop()
  })

  return { state, torchAvailable, torchOn, toggleTorch, start }
}

export type VerdictKind = 'success' | 'refusal'
export type SignalKind = VerdictKind | 'turn'

interface Signal {
  /** Tones one after another: frequency in hertz, length in seconds. */
  tones: [frequency: number, seconds: number][]
  wave: OscillatorType
  vibration: number[]
}

const SIGNALS: Record<SignalKind, Signal> = {
  success: {
    tones: [
      [880, 0.09],
      [1320, 0.16],
    ],
    wave: 'sine',
    vibration: [60],
  },
  refusal: {
    tones: [
      [220, 0.16],
      [165, 0.3],
    ],
    wave: 'square',
    vibration: [120, 80, 240],
  },
  turn: {
    tones: [
      [523, 0.14],
      [659, 0.14],
      [784, 0.14],
      [1047, 0.4],
    ],
    wave: 'sine',
    vibration: [200, 100, 200, 100, 400],
  },
}

const VOLUME = 0.25
let context: AudioContext | null = null

/** A browser plays nothing until it was touched; what is touched now may sound later. */
export function allowSound(): void {
  context ??= new AudioContext()
  void context.resume()
}

/** Tells success from refusal by ear and hand, for eyes that are on the customer. */
export function giveSignal(kind: SignalKind): void {
  const { tones, wave, vibration } = SIGNALS[kind]
  // A page that was only just opened may neither buzz nor sound.
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return
  navigator.vibrate?.(vibration)
  context ??= new AudioContext()
  void context.resume()
  let at = context.currentTime
  for (const [frequency, seconds] of tones) {
    playTone(context, wave, frequency, at, seconds)
    at += seconds
  }
}

function playTone(
  audio: AudioContext,
  wave: OscillatorType,
  frequency: number,
  at: number,
  seconds: number,
): void {
  const gain = audio.createGain()
  gain.gain.setValueAtTime(VOLUME, at)
  gain.gain.exponentialRampToValueAtTime(0.001, at + seconds)
  gain.connect(audio.destination)
  const oscillator = audio.createOscillator()
  oscillator.type = wave
  oscillator.frequency.value = frequency
  oscillator.connect(gain)
  oscillator.start(at)
  oscillator.stop(at + seconds)
}

export type VerdictKind = 'success' | 'refusal'

interface Signal {
  /** Tones one after another: frequency in hertz, length in seconds. */
  tones: [frequency: number, seconds: number][]
  wave: OscillatorType
  vibration: number[]
}

const SIGNALS: Record<VerdictKind, Signal> = {
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
}

const VOLUME = 0.25
let context: AudioContext | null = null

/** Tells success from refusal by ear and hand, for eyes that are on the customer. */
export function giveSignal(kind: VerdictKind): void {
  const { tones, wave, vibration } = SIGNALS[kind]
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

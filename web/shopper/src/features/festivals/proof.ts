import { Problem, type Schemas } from '@galleria/shared'
import type { Payload, Solution } from 'altcha-lib/v1/types'

type Challenge = Schemas['Challenge']

/** Solves a challenge in a worker of its own; the screen stays quick meanwhile. The answer is as ALTCHA sends it. */
export function solve(
  challenge: Challenge,
  signal: AbortSignal,
  open: () => Worker = openWorker,
): Promise<string> {
  const worker = open()
  return new Promise<string>((resolve, reject) => {
    const fail = (): void => reject(new Problem({ code: 'proof_failed' }))
    worker.onmessage = ({ data }: MessageEvent<Solution | null>) => {
      if (data) resolve(payloadOf(challenge, data))
      else fail()
    }
    worker.onerror = fail
    signal.addEventListener('abort', fail)
    worker.postMessage(challenge)
  }).finally(() => worker.terminate())
}

function openWorker(): Worker {
  return new Worker(new URL('./proof.worker.ts', import.meta.url), { type: 'module' })
}

function payloadOf(from: Challenge, { number, took }: Solution): string {
  const { algorithm, challenge, salt, signature } = from
  const payload = { algorithm, challenge, number, salt, signature, took }
  return btoa(JSON.stringify(payload satisfies Omit<Payload, 'algorithm'> & { algorithm: string }))
}

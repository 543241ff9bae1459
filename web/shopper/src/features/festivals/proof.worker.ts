import { solveChallenge } from 'altcha-lib/v1'
import type { Challenge } from 'altcha-lib/v1/types'

/** The counting that keeps bots busy, away from the thread that draws the screen. */
self.onmessage = async ({ data }: MessageEvent<Challenge>) => {
  const { challenge, salt, algorithm, maxnumber } = data
  try {
    self.postMessage(await solveChallenge(challenge, salt, algorithm, maxnumber).promise)
  } catch {
    // A page that was not opened over https has no means to count with.
    self.postMessage(null)
  }
}

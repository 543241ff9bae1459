import type { Schemas } from '@galleria/shared'

export type Task = Schemas['TaskView']
export type Day = Schemas['RiderDay']

/** Something a rider did, kept on the phone until the server has answered it. */
export interface Report {
  /** The key it is sent with, over every retry. */
  key: string
  mallId: string
  taskId: string
  what: 'start' | 'done' | 'fail'
  at: string
  code?: string
  picture?: Blob
  reason?: Schemas['Failure']
  note?: string
  lat?: number
  lon?: number
  /** The server's refusal in its own words; it stays until the rider has read it. */
  refused?: string
}

/** Where reports are kept; a database of the browser, or memory where there is none. */
export interface Shelf {
  all: () => Promise<Report[]>
  put: (report: Report) => Promise<void>
  remove: (key: string) => Promise<void>
}

/** Which tasks the phone already reported as over, whatever the server knows of it. */
export function overHere(reports: readonly Report[]): Set<string> {
  return new Set(
    reports.filter((one) => one.what !== 'start' && !one.refused).map((one) => one.taskId),
  )
}

/** The tasks still to do by what the phone knows: what waits for the network is done for its rider. */
export function stillToDo(tasks: readonly Task[], reports: readonly Report[]): Task[] {
  const over = overHere(reports)
  const fetched = new Set(
    tasks.filter((task) => over.has(task.id) && task.kind === 'pickup').map((t) => t.errand_id),
  )
  const begun = new Set(reports.filter((one) => one.what === 'start').map((one) => one.taskId))
  return tasks
    .filter((task) => !over.has(task.id))
    .map((task) => ({
      ...task,
      blocked: task.blocked && !fetched.has(task.errand_id),
      state: task.state === 'todo' && begun.has(task.id) ? ('doing' as const) : task.state,
    }))
}

/** Sends what waits, in the order it was done, until the network is lost again. */
export async function settle(
  shelf: Shelf,
  send: (report: Report) => Promise<void>,
  refusal: (error: unknown) => string | null,
): Promise<number> {
  let sent = 0
  const waiting = (await shelf.all()).filter((one) => !one.refused)
  for (const report of waiting.sort((a, b) => a.at.localeCompare(b.at))) {
    try {
      await send(report)
      await shelf.remove(report.key)
      sent += 1
    } catch (error) {
      const why = refusal(error)
      if (why === null) return sent
      await shelf.put({ ...report, refused: why })
    }
  }
  return sent
}

export function memoryShelf(): Shelf {
  const kept = new Map<string, Report>()
  return {
    all: () => Promise.resolve([...kept.values()]),
    put: (report) => Promise.resolve(void kept.set(report.key, report)),
    remove: (key) => Promise.resolve(void kept.delete(key)),
  }
}

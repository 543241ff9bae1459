import type { Task } from './reports'

export interface Dot {
  x: number
  y: number
  /** The places in the route that are made here: "1", or "1·3" when it is passed again; none at a shop. */
  label: string
  kind: Task['kind']
}

const MARGIN = 20
const SAME_PX = 26

/** Stops drawn to scale, north above, in the order of the route; stops at one place share a dot. */
export function sketch(tasks: readonly Task[], wide: number, high: number): Dot[] {
  const known = tasks.flatMap((task, i) =>
    task.stop.lat == null || task.stop.lon == null
      ? []
      : [{ lat: task.stop.lat, lon: task.stop.lon, place: i + 1, kind: task.kind }],
  )
  if (known.length === 0) return []
  const south = Math.min(...known.map((one) => one.lat))
  const west = Math.min(...known.map((one) => one.lon))
  const north = Math.max(...known.map((one) => one.lat))
  const east = Math.max(...known.map((one) => one.lon))
  const narrow = Math.cos(((south + north) / 2) * (Math.PI / 180))
  const scale = Math.min(
    (wide - 2 * MARGIN) / Math.max((east - west) * narrow, 1e-9),
    (high - 2 * MARGIN) / Math.max(north - south, 1e-9),
  )
  const left = (wide - (east - west) * narrow * scale) / 2
  const top = (high - (north - south) * scale) / 2
  const dots: Dot[] = []
  for (const one of known) {
    const x = Math.round(left + (one.lon - west) * narrow * scale)
    const y = Math.round(top + (north - one.lat) * scale)
    const near = dots.find((dot) => Math.hypot(dot.x - x, dot.y - y) < SAME_PX)
    const label = one.kind === 'dropoff' ? String(one.place) : ''
    if (near) near.label = [near.label, label].filter(Boolean).join('·')
    else dots.push({ x, y, label, kind: one.kind })
  }
  return dots
}

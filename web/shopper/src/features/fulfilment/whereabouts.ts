import type { Schemas } from '@galleria/shared'

interface Dot {
  x: number
  y: number
}

const MARGIN = 44
const EARTH_KM = 6371
const RADIANS = Math.PI / 180

/** The carrier and the door drawn to scale, north above, and how far apart they are; null when one is not known. */
export function betweenPlaces(
  seen: Schemas['Whereabouts'],
  wide: number,
  high: number,
): { rider: Dot; door: Dot; km: number } | null {
  const { lat, lon, to_lat: toLat, to_lon: toLon } = seen
  if (lat == null || lon == null || toLat == null || toLon == null) return null
  const east = (toLon - lon) * Math.cos(((lat + toLat) / 2) * RADIANS)
  const north = toLat - lat
  const scale = Math.min(
    (wide - 2 * MARGIN) / Math.max(Math.abs(east), 1e-6),
    (high - 2 * MARGIN) / Math.max(Math.abs(north), 1e-6),
  )
  const half = { x: (east * scale) / 2, y: (-north * scale) / 2 }
  return {
    rider: { x: Math.round(wide / 2 - half.x), y: Math.round(high / 2 - half.y) },
    door: { x: Math.round(wide / 2 + half.x), y: Math.round(high / 2 + half.y) },
    km: Math.hypot(east, north) * RADIANS * EARTH_KM,
  }
}

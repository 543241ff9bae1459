type Point = [number, number]
type Ring = Point[]

export interface Projection {
  width: number
  height: number
  project: (point: Point) => Point
}

interface Geometry {
  type?: unknown
  coordinates?: unknown
}

const WIDTH = 1000

/** Rings of a GeoJSON polygon or several; other geometries have none to fill. */
export function ringsOf(geometry: Geometry | null): Ring[] {
  if (geometry?.type === 'Polygon') return geometry.coordinates as Ring[]
  if (geometry?.type === 'MultiPolygon') return (geometry.coordinates as Ring[][]).flat()
  return []
}

/** Longitude and latitude flattened round the floor's middle: a building is small enough for a plane. */
export function projectionOf(rings: readonly Ring[]): Projection | null {
  const points = rings.flat()
  if (points.length === 0) return null
  const middle = points.reduce((sum, point) => sum + point[1], 0) / points.length
  const squeeze = Math.cos((middle * Math.PI) / 180)
  const flat = points.map(([lon, lat]): Point => [lon * squeeze, -lat])
  const xs = flat.map(([x]) => x)
  const ys = flat.map(([, y]) => y)
  const left = xs.reduce((a, b) => Math.min(a, b))
  const top = ys.reduce((a, b) => Math.min(a, b))
  const wide = xs.reduce((a, b) => Math.max(a, b)) - left || 1e-9
  const high = ys.reduce((a, b) => Math.max(a, b)) - top || 1e-9
  const scale = WIDTH / wide
  return {
    width: WIDTH,
    height: high * scale,
    project: ([lon, lat]) => [(lon * squeeze - left) * scale, (-lat - top) * scale],
  }
}

export function pathOf(rings: readonly Ring[], { project }: Projection): string {
  return rings
    .map((ring) => {
      const corners = ring.map((point) =>
        project(point)
          .map((n) => n.toFixed(1))
          .join(' '),
      )
      return `M${corners.join('L')}Z`
    })
    .join('')
}

/** Where a shape's name goes: its centre of area, unless that lies outside of it, as in a bent corridor. */
export function centreOf(ring: Ring): Point | null {
  const origin = ring[0]
  if (!origin) return null
  let [area, x, y] = [0, 0, 0]
  for (let index = 0; index < ring.length; index += 1) {
    const a = ring[index] as Point
    const b = ring[(index + 1) % ring.length] as Point
    const cross = (a[0] - origin[0]) * (b[1] - origin[1]) - (b[0] - origin[0]) * (a[1] - origin[1])
    area += cross
    x += cross * (a[0] + b[0] - 2 * origin[0])
    y += cross * (a[1] + b[1] - 2 * origin[1])
  }
  if (area === 0) return null
  const centre: Point = [origin[0] + x / (3 * area), origin[1] + y / (3 * area)]
  return isInside(centre, ring) ? centre : null
}

/** Ray casting: a point is inside when a ray from it crosses the border an odd number of times. */
function isInside([x, y]: Point, ring: Ring): boolean {
  let inside = false
  ring.forEach((a, index) => {
    const b = ring[(index + ring.length - 1) % ring.length] as Point
    const crosses = a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]
    if (crosses) inside = !inside
  })
  return inside
}

/** How wide a shape is on the plan, to see whether its name fits. */
export function spanOf(rings: readonly Ring[], { project }: Projection): number {
  const xs = rings.flat().map((point) => project(point)[0])
  return xs.length ? Math.max(...xs) - Math.min(...xs) : 0
}

/** Roughly how wide a text is, in the plan's units: Chinese characters are twice as wide as letters. */
export function textWidth(text: string, size: number): number {
  return [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 0x2e7f ? 1 : 0.56), 0) * size
}

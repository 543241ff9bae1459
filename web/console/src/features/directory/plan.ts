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

/** How wide a shape is on the plan, to see whether its name fits. */
export function spanOf(rings: readonly Ring[], { project }: Projection): number {
  const xs = rings.flat().map((point) => project(point)[0])
  return xs.length ? Math.max(...xs) - Math.min(...xs) : 0
}

/** Roughly how wide a text is, in the plan's units: Chinese characters are twice as wide as letters. */
export function textWidth(text: string, size: number): number {
  return [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 0x2e7f ? 1 : 0.56), 0) * size
}

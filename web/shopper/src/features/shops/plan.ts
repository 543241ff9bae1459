import type { Schemas } from '@galleria/shared'

type Position = [number, number]

interface PlanFeature {
  id: string
  geometry: unknown
  properties: Omit<Schemas['UnitProperties'], 'label'>
}

interface FloorPlan {
  bbox: number[] | null
  outline: unknown
  features: PlanFeature[]
}

export interface PlanShape {
  id: string
  path: string
  /** Where its name goes, and how much room there is for it. */
  at: Position
  room: number
  kind: string
  feature: string
  code: string
  name_zh: string
  name_en: string
  shopId: string | null
}

export interface Drawing {
  width: number
  height: number
  outline: string
  shapes: PlanShape[]
}

const WIDTH = 1_000

/** A floor's plan on paper a thousand units wide: degrees flattened at its own latitude, north up. */
export function draw(plan: FloorPlan): Drawing | null {
  if (!plan.bbox || plan.bbox.length < 4) return null
  const [west, south, east, north] = plan.bbox as [number, number, number, number]
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180)
  const scale = WIDTH / ((east - west) * squeeze || 1)
  const flat = ([lon, lat]: Position): Position => [
    (lon - west) * squeeze * scale,
    (north - lat) * scale,
  ]
  return {
    width: WIDTH,
    height: (north - south) * scale,
    outline: pathOf(plan.outline, flat),
    shapes: plan.features.flatMap((feature) => shapeOf(feature, flat)),
  }
}

function shapeOf(feature: PlanFeature, flat: (at: Position) => Position): PlanShape[] {
  const path = pathOf(feature.geometry, flat)
  const points = ringsOf(feature.geometry).flat().map(flat)
  if (!path || points.length === 0) return []
  const { kind, shop_id, code, name_zh, name_en } = feature.properties
  const xs = points.map(([x]) => x)
  const ys = points.map(([, y]) => y)
  const middle: Position = [
    (Math.min(...xs) + Math.max(...xs)) / 2,
    (Math.min(...ys) + Math.max(...ys)) / 2,
  ]
  return [
    {
      id: feature.id,
      path,
      at: middle,
      room: Math.max(...xs) - Math.min(...xs),
      kind,
      feature: feature.properties.feature,
      code,
      name_zh,
      name_en,
      shopId: shop_id,
    },
  ]
}

function pathOf(geometry: unknown, flat: (at: Position) => Position): string {
  const round = (value: number) => Math.round(value * 10) / 10
  return ringsOf(geometry)
    .map((ring) => `M${ring.map((at) => flat(at).map(round).join(' ')).join('L')}Z`)
    .join('')
}

/** The rings of a polygon or of several (RFC 7946); of anything else none. */
function ringsOf(geometry: unknown): Position[][] {
  const { type, coordinates } = (geometry ?? {}) as { type?: string; coordinates?: unknown }
  if (type === 'Polygon') return coordinates as Position[][]
  if (type === 'MultiPolygon') return (coordinates as Position[][][]).flat()
  return []
}

import { computed, reactive, type ComputedRef } from 'vue'

const CLOSEST = 6

interface View {
  x: number
  y: number
  scale: number
}

/** One finger moves, two fingers or the wheel bring nearer; the picture never leaves its frame. */
export function usePanZoom(): {
  style: ComputedRef<{ transform: string }>
  view: View
  zoom: (by: number) => void
  reset: () => void
  handlers: Record<string, (event: never) => void>
} {
  const view = reactive<View>({ x: 0, y: 0, scale: 1 })
  const fingers = new Map<number, { x: number; y: number }>()

  function keepInside(box: DOMRect): void {
    const [minX, minY] = [box.width * (1 - view.scale), box.height * (1 - view.scale)]
    view.x = Math.min(0, Math.max(minX, view.x))
    view.y = Math.min(0, Math.max(minY, view.y))
  }

  function zoomAt(box: DOMRect, x: number, y: number, by: number): void {
    const scale = Math.min(CLOSEST, Math.max(1, view.scale * by))
    const ratio = scale / view.scale
    view.x = x - (x - view.x) * ratio
    view.y = y - (y - view.y) * ratio
    view.scale = scale
    keepInside(box)
  }

  const spread = () => {
    const [one, two] = [...fingers.values()]
    return one && two ? Math.hypot(one.x - two.x, one.y - two.y) : 0
  }

  function down(event: PointerEvent): void {
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
  }

  function move(event: PointerEvent): void {
    const before = fingers.get(event.pointerId)
    if (!before) return
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
    const wide = spread()
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (fingers.size >= 2) {
      const [one, two] = [...fingers.values()]
      if (!one || !two || wide === 0) return
      zoomAt(box, (one.x + two.x) / 2 - box.left, (one.y + two.y) / 2 - box.top, spread() / wide)
    } else {
      view.x += event.clientX - before.x
      view.y += event.clientY - before.y
      keepInside(box)
    }
  }

  function up(event: PointerEvent): void {
    fingers.delete(event.pointerId)
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault()
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
    zoomAt(box, event.clientX - box.left, event.clientY - box.top, Math.exp(-event.deltaY / 400))
  }

  let frame: HTMLElement | null = null
  function remember(event: Event): void {
    frame = event.currentTarget as HTMLElement
  }

  return {
    view,
    style: computed(() => ({
      transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
    })),
    zoom(by) {
      const box = frame?.getBoundingClientRect() ?? new DOMRect(0, 0, 360, 220)
      zoomAt(box, box.width / 2, box.height / 2, by)
    },
    reset: () => Object.assign(view, { x: 0, y: 0, scale: 1 }),
    handlers: {
      pointerenter: remember,
      pointerdown: down,
      pointermove: move,
      pointerup: up,
      pointercancel: up,
      pointerleave: up,
      wheel,
    } as Record<string, (event: never) => void>,
  }
}

import type { components } from './schema'

/** The shapes of the API by name: `Schemas['CartView']`. */
export type Schemas = components['schemas']

import type { components } from './schema'

/** As the client hands them out: it takes a pair such as a span of minutes for a plain list. */
type Read<T> = T extends (infer Item)[]
  ? Read<Item>[]
  : T extends object
    ? { [Key in keyof T]: Read<T[Key]> }
    : T

type Written = components['schemas']

/** The shapes of the API by name: `Schemas['CartView']`. */
export type Schemas = { [Name in keyof Written]: Read<Written[Name]> }

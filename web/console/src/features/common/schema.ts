import type { components } from '@galleria/shared'

/** A value of the API by its name: `Schema<'Coupon'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]

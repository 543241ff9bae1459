import { inject, provide, type InjectionKey, type Ref } from 'vue'
import type { OfferForm } from '../offerForm'

export interface Builder {
  form: Ref<OfferForm>
  /** Nothing may be changed any more. */
  locked: Ref<boolean>
  /** One manages offers of the whole mall, not of one merchant. */
  wholeMall: Ref<boolean>
  errorAt: (field: string) => string | undefined
}

const key: InjectionKey<Builder> = Symbol('offer builder')

export function provideBuilder(builder: Builder): void {
  provide(key, builder)
}

/** The offer being written, for the gaps of its sentences. */
export function useBuilder(): Builder {
  const builder = inject(key)
  if (!builder) throw new Error('No offer is being written here')
  return builder
}

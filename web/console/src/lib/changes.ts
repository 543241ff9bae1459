/** The fields of a form that differ from what is stored; what is left out stays as it is. */
export function changesOf<T extends object>(stored: Partial<T>, form: T): Partial<T> {
  const entries = Object.entries(form) as [keyof T, T[keyof T]][]
  return Object.fromEntries(
    entries.filter(([key, value]) => (stored[key] ?? '') !== (value ?? '')),
  ) as Partial<T>
}

/** A payment company by the name people know; one we have no word for by its own. */
export function providerName(
  provider: string,
  t: (key: string) => string,
  te: (key: string) => boolean,
): string {
  const key = `reconciliation.providers.${provider}`
  return te(key) ? t(key) : provider
}

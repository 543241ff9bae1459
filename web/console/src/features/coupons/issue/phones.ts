/** The phone numbers in a pasted list, whatever stands between them; numbers of eleven digits are Chinese ones. */
export function phonesIn(text: string): string[] {
  const found = text
    .normalize('NFKC')
    .split(/[\s,;、，；]+/)
    .map((one) => one.replace(/[^\d+]/g, ''))
    .filter((one) => one.length >= 6)
    .map((one) => (/^1\d{10}$/.test(one) ? `+86${one}` : one))
  return [...new Set(found)]
}

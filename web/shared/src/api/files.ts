/** The address of a stored picture, by the name its record carries. */
export function fileUrl(name: string | null | undefined): string | null {
  return name ? `/files/${name}` : null
}

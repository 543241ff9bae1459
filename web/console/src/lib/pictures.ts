/** Where a stored picture is served. */
export function pictureAddress(name: string | null | undefined): string | null {
  return name ? `/files/${name}` : null
}

import type { Fetch } from '@galleria/shared'

/** Saves a file the server gives only to whom it knows; the name is the server's. */
export async function download(fetch: Fetch, path: string, fallback: string): Promise<void> {
  const response = await fetch(new Request(new URL(path, window.location.origin)))
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = fileName(response.headers.get('Content-Disposition')) ?? fallback
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

export function fileName(disposition: string | null): string | null {
  return disposition?.match(/filename="([^"]+)"/)?.[1] ?? null
}

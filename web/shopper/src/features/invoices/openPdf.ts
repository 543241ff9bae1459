import type { Fetch } from '@galleria/shared'

/** Opens a document the server gives only to whom it knows; false when it could not be had. */
export async function openPdf(fetch: Fetch, path: string): Promise<boolean> {
  const page = window.open('', '_blank')
  try {
    const response = await fetch(new Request(new URL(path, window.location.origin)))
    if (!response.ok) throw new Error(response.statusText)
    const address = URL.createObjectURL(await response.blob())
    if (page) page.location.href = address
    else window.location.href = address
    setTimeout(() => URL.revokeObjectURL(address), 60_000)
    return true
  } catch {
    page?.close()
    return false
  }
}

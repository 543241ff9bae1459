const VERSION = '%VERSION%'
const FILES = ['%FILES%']
const SHELL = '/'
const CACHE = `galleria-shell-${VERSION}`

/** Answered by the server alone: data, files, payment pages and the other app. */
const SERVER_ONLY = /^\/(v1|files|pay|console|docs)(\/|$)/

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([SHELL, ...FILES])))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith('galleria-shell-') && name !== CACHE))
      .then((stale) => Promise.all(stale.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (SERVER_ONLY.test(url.pathname)) return
  if (request.mode === 'navigate') event.respondWith(fromCache(SHELL))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(fromCache(request))
})

/** Shell and chunks come from one build; a new build takes over when every open page is closed. */
async function fromCache(request) {
  const kept = await caches.match(request, { ignoreVary: true })
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) {
    const cache = await caches.open(CACHE)
    await cache.put(request, response.clone())
  }
  return response
}

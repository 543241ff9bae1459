import { memoryShelf, type Report, type Shelf } from './reports'

const NAME = 'galleria.rider'
const STORE = 'reports'

/** Keeps reports, pictures included, in the browser's own database, so that closing the app loses none. */
export async function openShelf(): Promise<Shelf> {
  if (!('indexedDB' in window)) return memoryShelf()
  const database = await open().catch(() => null)
  if (!database) return memoryShelf()
  const at = (mode: IDBTransactionMode) => database.transaction(STORE, mode).objectStore(STORE)
  return {
    all: () => done(at('readonly').getAll() as IDBRequest<Report[]>),
    put: async (report) => void (await done(at('readwrite').put(report))),
    remove: async (key) => void (await done(at('readwrite').delete(key))),
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' })
  return done(request)
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the database refused'))
  })
}

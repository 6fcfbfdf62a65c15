// What the page keeps between visits: one record in IndexedDB.

/**
 * The newest snapshot that verified, and what came with it. Times are microseconds by the server's clock;
 * `clockOff` says whether the phone's clock disagreed when the server was last heard.
 * @typedef {{snapshot: import("./snapshot.js").Snapshot, pinned: import("./snapshot.js").Pinned,
 *   seen: import("./snapshot.js").Seen | null, etag: string | null, madeAt: number, heardAt: number,
 *   validUntil: number | null, clockOff: boolean}} Kept
 */

const DATABASE = "skills-passport-offline";
const STORE = "kept";
const KEY = "newest";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

/** @returns {Promise<Kept | null>} */
export async function load() {
  const database = await open();
  const kept = await settled(database.transaction(STORE).objectStore(STORE).get(KEY));
  database.close();
  return kept ?? null;
}

/** @param {Kept} kept @returns {Promise<void>} */
export async function save(kept) {
  const database = await open();
  const transaction = database.transaction(STORE, "readwrite");
  transaction.objectStore(STORE).put(kept, KEY);
  await new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error);
  });
  database.close();
}

// The service worker of the offline page: keeps the page in every language, and all it is made of.
// `PASSPORT_OFFLINE` stands before this text: version, page, languages, assets.

/** @type {{version: string, page: string, languages: string[], assets: string[]}} */
const { version, page, languages, assets } = self.PASSPORT_OFFLINE;
const PREFIX = "passport-offline-";
const CACHE = PREFIX + version;
const CHOSEN = `${page}/chosen-language`;
// A network that does not answer in this time is none.
const PATIENCE_MS = 4_000;

/** @param {string} language */
const pageIn = (language) => `${page}?lang=${language}`;

/** The page as nobody in particular sees it, and without changing what anybody chose. @param {string} language */
const asked = (language) => new Request(pageIn(language), { credentials: "omit", cache: "reload" });

self.addEventListener("install", (event) => {
  const kept = caches.open(CACHE).then((cache) => cache.addAll([...languages.map(asked), ...assets]));
  event.waitUntil(kept.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forgotten = caches.keys().then((names) =>
    Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(forgotten.then(() => self.clients.claim()));
});

// The page tells which language it is read in, and whether its parts are those that are kept here.
self.addEventListener("message", (event) => {
  event.waitUntil(remember(event.data));
});

/** @param {{language?: string, version?: string}} told */
async function remember({ language, version: theirs }) {
  const cache = await caches.open(CACHE);
  if (!languages.includes(language)) return;
  await cache.put(CHOSEN, new Response(language));
  if (theirs === version) await cache.add(asked(language)).catch(() => {});
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === page) event.respondWith(newest(request, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(kept(request));
});

/** The page from the network, or the one that is kept. @param {Request} request @param {URL} url */
async function newest(request, url) {
  const impatient = new AbortController();
  const timer = setTimeout(() => impatient.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request, { signal: impatient.signal });
    if (answer.ok) return answer;
  } catch {
    // There is no network.
  } finally {
    clearTimeout(timer);
  }
  const cache = await caches.open(CACHE);
  const chosen = url.searchParams.get("lang") ?? (await (await cache.match(CHOSEN))?.text()) ?? languages[0];
  return (await cache.match(pageIn(chosen))) ?? (await cache.match(pageIn(languages[0]))) ?? Response.error();
}

/** What a versioned address holds never changes. @param {Request} request */
async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  if (found !== undefined) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

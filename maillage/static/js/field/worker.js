/* The service worker of one page that works without a network (/terrain/, /controle/):
   keeps the page and its files on the phone. Its first lines, written by the site, say
   which (self.FIELD). It answers nothing else. */

const { page, files, version, name } = self.FIELD;
const KEPT = `${name}-${version}`;
const PATIENCE_MS = 4000;
const HASHED = /\.[0-9a-f]{12}\./; // a name that says its content never changes

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});

async function install() {
  const cache = await caches.open(KEPT);
  await cache.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
  await keepPage(cache, await fetch(page, { credentials: "same-origin" }));
  await self.skipWaiting();
}

self.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

async function activate() {
  for (const each of await caches.keys()) if (each.startsWith(`${name}-`) && each !== KEPT) await caches.delete(each);
  await self.clients.claim();
}

/* Only the page itself: never a sign-in page in its place. */
async function keepPage(cache, response) {
  if (response.ok && !response.redirected) await cache.put(page, response.clone());
  return response;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === page) event.respondWith(open(request));
  else if (files.includes(pathname)) event.respondWith(give(request, pathname));
});

async function open(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(page);
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE_MS));
  const fresh = fetch(request).then(
    (response) => (response.status >= 500 ? kept.clone() : keepPage(cache, response)),
    () => kept.clone(),
  );
  return Promise.race([fresh, late]);
}

async function give(request, pathname) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(pathname);
  if (kept && HASHED.test(pathname)) return kept;
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(pathname, response.clone());
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/* The service worker of /passeport/: keeps the pages of passes that this phone has
   opened, and their files. Its first lines, written by the site, say which (self.PASS).
   It answers nothing else. */

const { home, files, version } = self.PASS;
const FILES = `passeport-${version}`;
const PAGES = "passeport-pages";
const PATIENCE_MS = 3000;
const HASHED = /\.[0-9a-f]{12}\./; // a name that says its content never changes
const OF_A_PASS = new RegExp(`^${home}[A-Za-z0-9_-]{32}/$`);

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});

async function install() {
  const cache = await caches.open(FILES);
  await cache.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
  // pages that were kept name the files of the version before
  const pages = await caches.open(PAGES);
  for (const { url } of await pages.keys()) await keep(new URL(url).pathname).catch(() => null);
  await self.skipWaiting();
}

self.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

async function activate() {
  for (const name of await caches.keys())
    if (name.startsWith("passeport-") && ![FILES, PAGES].includes(name)) await caches.delete(name);
  await self.clients.claim();
}

/* A page asks to be kept: it was opened before the worker was there. */
self.addEventListener("message", (event) => {
  const { pathname } = new URL(event.source.url);
  if (event.data !== "keep" || !OF_A_PASS.test(pathname)) return;
  event.waitUntil(keep(pathname).then(() => event.source.postMessage("kept")));
});

async function keep(pathname) {
  return note(pathname, await fetch(pathname, { credentials: "same-origin" }));
}

/* A pass that was erased is forgotten here too. */
async function note(pathname, response) {
  const pages = await caches.open(PAGES);
  if (response.ok && !response.redirected) await pages.put(pathname, response.clone());
  else if (response.status === 404 || response.status === 410) await pages.delete(pathname);
  return response;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && OF_A_PASS.test(pathname)) event.respondWith(open(request, pathname));
  else if (files.includes(pathname)) event.respondWith(give(request, pathname));
});

async function open(request, pathname) {
  const kept = await (await caches.open(PAGES)).match(pathname);
  const fresh = fetch(request).then((response) => (kept && response.status >= 500 ? kept.clone() : note(pathname, response)));
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE_MS));
  return Promise.race([fresh.catch(() => kept.clone()), late]);
}

async function give(request, pathname) {
  const cache = await caches.open(FILES);
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

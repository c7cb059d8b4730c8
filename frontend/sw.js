// Service worker: network first, and a complete cached release of the page when the network fails.

// A test compares the list with the files that the page loads, at once or later.
const FILES = [
  "./",
  "favicon.svg",
  "samples.png",
  "style.css",
  "js/api.js",
  "js/canvas/canvas.js",
  "js/canvas/pictures.js",
  "js/i18n/messages.js",
  "js/i18n/sentences.js",
  "js/local/onnx.js",
  "js/local/predictor.js",
  "js/local/preprocess.js",
  "js/local/resample.js",
  "js/main.js",
  "js/theme.js",
  "js/views/chart.js",
  "js/views/explanation.js",
  "js/views/offline_copy.js",
];
const CACHE_PREFIX = "page "; // local/predictor.js has a cache of its own
const SAVE_DELAY = 3000; // milliseconds, so that saving does not compete with the visit
const BYPASSED = ["/api/*", "/models/*", "/swagger-ui/*"]; // paths that the worker leaves to the browser

const worker = /** @type {ServiceWorkerGlobalScope & {location: WorkerLocation}} */ (/** @type {unknown} */ (self));
/** @type {Set<string>} clients that started with the cached release, and stay with it */
const cachedClients = new Set();

worker.addEventListener("install", (event) => {
  // @ts-expect-error Chromium's static routing API, not yet in TypeScript's library
  event.addRoutes?.(BYPASSED.map((urlPattern) => ({ condition: { urlPattern }, source: "network" })));
  worker.skipWaiting();
  event.waitUntil(saveRelease());
});

worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isBypassed = BYPASSED.some((pattern) => pathname.startsWith(pattern.slice(0, -1)));
  if (event.request.method !== "GET" || origin !== worker.location.origin || isBypassed) return;
  event.respondWith(respond(event));
});

/**
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
async function respond(event) {
  const { request } = event;
  const isVisit = request.mode === "navigate";
  const find = () => caches.match(request, { ignoreSearch: true });
  const cached = cachedClients.has(event.clientId) && (await find());
  if (cached) return cached;
  const response = await fetch(request).catch(Response.error);
  if (response.type !== "error" && response.status < 500) {
    event.waitUntil(saveExtra(request.url, response.clone()));
    if (isVisit) event.waitUntil(new Promise((resolve) => setTimeout(resolve, SAVE_DELAY)).then(saveRelease));
    return response;
  }
  const found = await find();
  if (found && isVisit) cachedClients.add(event.resultingClientId);
  return found ?? response;
}

/**
 * Save a file that is not in FILES (the report, its figures), as last seen.
 * @param {string} url
 * @param {Response} response
 */
async function saveExtra(url, response) {
  const [name] = await releases();
  const isListed = FILES.some((file) => url === new URL(file, worker.location.href).href);
  if (!name || isListed || url.includes("?") || response.status !== 200) return;
  await (await caches.open(name)).put(url, response);
}

/** Save FILES in a cache named by their ETags, and delete the previous release. Unchanged files are not sent again. */
async function saveRelease() {
  const responses = await Promise.all(FILES.map((file) => fetch(file, { cache: "no-cache" })));
  if (responses.some(({ ok }) => !ok)) throw new Error("incomplete");
  const release = CACHE_PREFIX + responses.map(({ headers }) => headers.get("ETag"));
  const cache = await caches.open(release);
  if (!(await cache.match("./"))) {
    await Promise.all(FILES.map((file, i) => file === "./" || cache.put(file, responses[i])));
    await cache.put("./", responses[0]); // last, so that a cache with "./" is complete
  }
  for (const name of await releases()) if (name !== release) await caches.delete(name);
}

async function releases() {
  return (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX));
}

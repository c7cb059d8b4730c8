// Service worker: network first, and a complete cached release of the page when the network fails or is slow.

// A test compares the list with the files that the page loads, at once or later.
const FILES = [
  "./",
  "favicon.svg",
  "samples.png",
  "style.css",
  "js/api.js",
  "js/canvas/canvas.js",
  "js/canvas/demonstration.js",
  "js/canvas/link.js",
  "js/canvas/pictures.js",
  "js/i18n/messages.js",
  "js/i18n/sentences.js",
  "js/local/likeness.js",
  "js/local/model.js",
  "js/local/onnx.js",
  "js/local/operators.js",
  "js/local/predictor.js",
  "js/local/preprocess.js",
  "js/local/resample.js",
  "js/main.js",
  "js/theme.js",
  "js/views/chart.js",
  "js/views/elements.js",
  "js/views/explanation.js",
  "js/views/inside.js",
  "js/views/offline_copy.js",
  "js/views/path_diagram.js",
  "js/views/play.js",
  "js/views/preview.js",
  "preview/manifest.json",
  "preview/mlp.onnx",
];
const CACHE_PREFIX = "page "; // local/predictor.js has a cache of its own
const TIME_LIMIT = 2000; // milliseconds that a visit waits for the network, if the page is cached
const SAVE_DELAY = 3000; // milliseconds, so that saving does not compete with the visit
const BYPASSED = ["/api/*", "/models/*", "/swagger-ui/*"]; // paths that the worker leaves to the browser

const worker = /** @type {ServiceWorkerGlobalScope & {location: WorkerLocation}} */ (/** @type {unknown} */ (self));
/** @type {Map<string, string>} cached release of each client that started with one, and stays with it */
const releaseOf = new Map();

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
  const kept = await find(request, releaseOf.get(event.clientId));
  if (kept) return kept;
  const online = fetch(request).catch(Response.error);
  const newest = await newestRelease();
  const found = await find(request, newest);
  const response = await (isVisit && found ? Promise.race([online, delay(TIME_LIMIT)]) : online);
  if (isVisit) event.waitUntil(online.then(() => delay(SAVE_DELAY)).then(saveRelease));
  if (response && response.type !== "error" && response.status < 500) {
    event.waitUntil(saveExtra(request.url, response.clone()));
    return response;
  }
  if (found && newest && isVisit) releaseOf.set(event.resultingClientId, newest);
  return found ?? online;
}

/**
 * @param {Request} request
 * @param {string | undefined} release
 */
async function find(request, release) {
  return release === undefined ? release : caches.match(request, { cacheName: release, ignoreSearch: true });
}

/**
 * @param {number} milliseconds
 * @returns {Promise<undefined>}
 */
function delay(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Save a file that is not in FILES (the report, its figures), as last seen.
 * @param {string} url
 * @param {Response} response
 */
async function saveExtra(url, response) {
  const name = await newestRelease();
  const isListed = FILES.some((file) => url === new URL(file, worker.location.href).href);
  if (!name || isListed || url.includes("?") || response.status !== 200) return;
  await (await caches.open(name)).put(url, response);
}

/** Save FILES in a cache named by their ETags, and delete releases that no page uses. Unchanged files are not sent again. */
async function saveRelease() {
  const responses = await Promise.all(FILES.map((file) => fetch(file, { cache: "no-cache" })));
  if (responses.some(({ ok }) => !ok)) throw new Error("incomplete");
  const release = CACHE_PREFIX + responses.map(({ headers }) => headers.get("ETag"));
  const cache = await caches.open(release);
  if (!(await cache.match("./"))) {
    await Promise.all(FILES.map((file, i) => file === "./" || cache.put(file, responses[i])));
    await cache.put("./", responses[0]); // last, so that a cache with "./" is complete
  }
  const open = await worker.clients.matchAll();
  const used = [release, ...open.map(({ id }) => releaseOf.get(id))];
  for (const name of await releases()) if (!used.includes(name)) await caches.delete(name);
}

/** Return the name of the latest complete release. */
async function newestRelease() {
  const names = await releases();
  const complete = await Promise.all(names.map(async (name) => (await caches.open(name)).match("./")));
  return names.findLast((_, i) => complete[i]);
}

async function releases() {
  return (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX));
}

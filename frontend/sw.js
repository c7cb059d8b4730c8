// Requests for the page come in; what the network has goes out, or where it fails, what was kept: one whole release.
const FILES = [ // a test compares them with what the page imports, at once or later
  ...["./", "favicon.svg", "samples.png", "style.css"],
  "js/api.js",
  "js/canvas/canvas.js",
  "js/canvas/pictures.js",
  "js/i18n/words.js",
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
const PAGE = "page "; // begins the names of these caches; offline.js has another
const SETTLED = 3000; // milliseconds until a visit has all it needs
const ELSEWHERE = ["/api/*", "/models/*", "/swagger-ui/*"];
const olds = new Set(); // visits that began with what was kept, and go on with it

addEventListener("install", (event) => {
  event.addRoutes?.(ELSEWHERE.map((urlPattern) => ({ condition: { urlPattern }, source: "network" })));
  skipWaiting();
  event.waitUntil(keep());
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const isElsewhere = ELSEWHERE.some((place) => pathname.startsWith(place.slice(0, -1)));
  if (request.method === "GET" && origin === location.origin && !isElsewhere) event.respondWith(answer(event, request));
});

async function answer(event, request) {
  const isVisit = request.mode === "navigate";
  const find = () => caches.match(request, { ignoreSearch: true });
  const old = olds.has(event.clientId) && (await find());
  if (old) return old;
  const response = await fetch(request).catch(Response.error);
  if (response.type !== "error" && response.status < 500) {
    event.waitUntil(add(request, response.clone()));
    if (isVisit) event.waitUntil(new Promise((done) => setTimeout(done, SETTLED)).then(keep));
    return response;
  }
  const found = await find();
  if (found && isVisit) olds.add(event.resultingClientId);
  return found ?? response;
}

/** Keep what is not of the page itself (the report, its figures) as it was last seen. */
async function add({ url }, response) {
  const [name] = await names();
  const isOwn = FILES.some((file) => url === new URL(file, location).href);
  if (name && !isOwn && !url.includes("?") && response.status === 200) await (await caches.open(name)).put(url, response);
}

/** Keep the page in a cache that is named by its release, the files' ETags. What the browser has is not sent again. */
async function keep() {
  const responses = await Promise.all(FILES.map((file) => fetch(file, { cache: "no-cache" })));
  if (responses.some(({ ok }) => !ok)) throw new Error("incomplete");
  const release = PAGE + responses.map(({ headers }) => headers.get("ETag"));
  const cache = await caches.open(release);
  if (!(await cache.match("./"))) {
    await Promise.all(FILES.map((file, i) => file === "./" || cache.put(file, responses[i])));
    await cache.put("./", responses[0]); // last: whoever finds it finds the rest
  }
  for (const name of await names()) if (name !== release) await caches.delete(name);
}

const names = async () => (await caches.keys()).filter((name) => name.startsWith(PAGE));

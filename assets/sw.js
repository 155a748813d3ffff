// Keeps four shells for when there is no link: the instructor's offline page, the trainee's pass,
// the page that keeps a scan, and the one that stands in for any other page. Shells say nothing
// about anybody; what is personal lies in the device's own database. With a link everything else
// passes by untouched, as if there were no worker.
//
// The network comes first always, so that a new version shows at once; what is kept is only for
// a link that is lost, or so slow that nobody would wait for it.
importScripts("/offline-queue.js");

const PREFIX = "portal-shell-";
const CACHE = `${PREFIX}1`;
const COMMON = ["/device.js", "/icon.svg"];
const PASS = ["/pass-store.js", "/pass-codes.js"];
const SHELLS = {
  "/checkin/offline": [
    ...COMMON, ...PASS, "/offline.css", "/offline-queue.js", "/offline-parts.js",
    "/kept-scan.js",
  ],
  "/no-link": COMMON,
  "/me/pass": [
    ...COMMON, ...PASS, "/pass.css", "/pass.js", "/pass-clock.js", "/qr-draw.js",
    "/vendor/lean-qr.js",
  ],
  "/teach/offline": [
    ...COMMON, ...PASS, "/offline.css", "/offline.js", "/offline-queue.js", "/offline-day.js",
    "/offline-clock.js", "/offline-parts.js", "/offline-list.js", "/offline-code.js",
    "/offline-camera.js", "/offline-pass.js", "/checkin-codes.js", "/qr-draw.js", "/vendor/lean-qr.js",
    "/vendor/qr-scanner.min.js", "/vendor/qr-scanner-worker.min.js",
  ],
};
const SCAN_SHELL = "/checkin/offline";
const NO_LINK = "/no-link";
const ASSETS = new Set(Object.values(SHELLS).flat());
const PATIENCE = 4000;
// A scan may take longer before it is kept instead: a kept one is worth less.
const SCAN_PATIENCE = 8000;
const GATEWAY = new Set([502, 503, 504]);

const isGood = (answer) => answer.ok && answer.type === "basic" && !answer.redirected;

async function keep(path, answer) {
  if (isGood(answer)) await (await caches.open(CACHE)).put(path, answer);
}

// Fetches one file anew; answers whether it is there now. A redirect would keep the log-in page
// under the shell's name.
async function fetchOne(path) {
  try {
    const answer = await fetch(path, { redirect: "error", cache: "no-cache" });
    await keep(path, answer);
    return isGood(answer);
  } catch {
    return false; // the next visit tries again
  }
}

// What a shell needs, as far as it is not there.
async function keepAssets(shell) {
  const cache = await caches.open(CACHE);
  const there = SHELLS[shell].map(async (path) => (await cache.match(path)) || fetchOne(path));
  return (await Promise.all(there)).every(Boolean);
}

// The page itself comes last: where it is, all of it is.
async function keepShell(shell) {
  if (await keepAssets(shell)) await fetchOne(shell);
}

// Every page that opens makes up for what a bad link has kept from coming.
async function keepCommonShells() {
  for (const path of [SCAN_SHELL, NO_LINK]) {
    if (!(await caches.match(path))) await keepShell(path);
  }
}

function within(patience, answer) {
  return new Promise((done, fail) => {
    setTimeout(() => fail(new Error("slow")), patience);
    answer.then(done, fail);
  });
}

// The server's answer, or what is kept under `path` where there is none in time.
async function networkFirst(event, path, patience) {
  const kept = await (await caches.open(CACHE)).match(path);
  const asked = fetch(event.request);
  if (!kept) return asked;
  try {
    const answer = await within(patience, asked);
    return GATEWAY.has(answer.status) ? kept : answer;
  } catch {
    return kept;
  }
}

async function shell(event, path) {
  const answer = await networkFirst(event, path, PATIENCE);
  // Led elsewhere: nobody is signed in, so nobody's names may stay.
  if (path === "/teach/offline" && answer.type === "opaqueredirect") {
    event.waitUntil(offlineQueue.forgetKit());
  } else if (isGood(answer)) {
    const copy = answer.clone();
    event.waitUntil(keepAssets(path).then((isWhole) => isWhole && keep(path, copy)));
  }
  return answer;
}

async function asset(event, path) {
  const answer = await networkFirst(event, path, PATIENCE);
  if (isGood(answer)) event.waitUntil(keep(path, answer.clone()));
  return answer;
}

// Any other page: however long the answer takes, and whatever it is, it is the server's. Only where
// none can come is the stand-in shown, under the page's own address, so that a reload tries again.
async function pageOrStandIn(event) {
  try {
    return await fetch(event.request);
  } catch (failure) {
    const kept = await (await caches.open(CACHE)).match(NO_LINK);
    if (kept) return kept;
    throw failure;
  }
}

async function upload() {
  const told = await offlineQueue.flush("scans", { isNow: true });
  const staff = await offlineQueue.flush("records");
  const pages = await self.clients.matchAll({ includeUncontrolled: true });
  const note = told.notes.at(-1) ?? "";
  if (!told.settled && !staff.settled) return;
  for (const page of pages) page.postMessage({ uploaded: true, note });
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    Promise.all([SCAN_SHELL, NO_LINK].map(keepShell)).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
      await Promise.all(old.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
      await self.clients.claim();
      // The page that brought the worker here was loaded without it.
      const pages = await self.clients.matchAll({ includeUncontrolled: true });
      const shells = new Set(pages.map((page) => new URL(page.url).pathname));
      await Promise.all([...shells].filter((path) => path in SHELLS).map(keepShell));
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname: path } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (request.method === "POST" && path === "/auth/logout") {
      event.waitUntil(offlineQueue.forgetKit());
    } else if (request.method !== "GET") {
      return;
    } else if (path in SHELLS) {
      event.respondWith(shell(event, path));
    } else if (path.startsWith("/c/")) {
      event.respondWith(networkFirst(event, SCAN_SHELL, SCAN_PATIENCE));
    } else if (request.destination === "document") {
      event.respondWith(pageOrStandIn(event));
    }
  } else if (request.method === "GET" && ASSETS.has(path)) {
    event.respondWith(asset(event, path));
  }
});

self.addEventListener("message", (event) => {
  if (event.data === "upload") event.waitUntil(Promise.all([upload(), keepCommonShells()]));
  if (event.data in SHELLS) event.waitUntil(keepShell(event.data));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "portal-offline") event.waitUntil(upload());
});

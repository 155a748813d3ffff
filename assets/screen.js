// The room's screen. It computes codes and colours itself from the keys that it was handed, by
// the server's time, and asks the server for what only it knows: who has scanned. So a lost link
// stops nothing: codes then change by time alone until the keys end. A browser without WebCrypto
// is sent the drawn code instead.
import { ServerClock } from "/screen-clock.js";

const FOLLOW = 700; // a new code after every scan must be there within a second
const LOOK = 2_000;
const RENEW = 60_000; // fresh keys, long before the present ones end
const PATIENCE = 2_500; // one late answer is no lost link
const TICK = 200;
const WRONG = 2_000; // the clock of a device may be off by so much before anybody is told
const QUIET = 2; // modules of white around the code; the card is white as well
const GOOD_FOR = 15_000; // what a code is still taken for after it has gone

const $ = (id) => document.getElementById(id);
const section = $("screen");
const texts = JSON.parse(section.dataset.texts);
const clock = new ServerClock();
const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const hourAndMinute = new Intl.DateTimeFormat("zh-CN", {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai",
});

let data = JSON.parse(section.dataset.first);
let tools = null; // the modules that compute and draw; null where the server draws
let keys = {};
let heardAt = performance.now();
let renewedAt = heardAt;
let shown = "";
let isDrawing = false;

const isLost = () => performance.now() - heardAt > PATIENCE;

async function get(url, patience) {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), patience);
  try {
    const answer = await fetch(url, {
      cache: "no-store", credentials: "same-origin", signal: ending.signal,
    });
    return [answer, await answer.text()];
  } finally {
    clearTimeout(timer);
  }
}

async function ask(url) {
  const asked = performance.now();
  const [answer, text] = await get(url, PATIENCE);
  // The login has ended, or the session is gone: the page says so.
  if (answer.redirected || [401, 403, 404].includes(answer.status)) location.reload();
  if (!answer.ok) throw new Error(answer.status);
  const body = JSON.parse(text);
  heardAt = performance.now();
  clock.heard(body.now_ms, asked, heardAt);
  return body;
}

async function renew() {
  const body = await ask(section.dataset.source + (tools ? "" : "?drawn=true"));
  // A window opened or closed since the page was made: what belongs to it needs its own page.
  if (body.phase !== data.phase) return await turnPage();
  take(body);
  renewedAt = performance.now();
}

function take(body) {
  data = body;
  keys = {};
  for (const [block, key] of Object.entries(body.keys)) {
    if (tools) keys[block] = tools.decode(key);
  }
}

// Another phase is another page; it takes this one's place only once it is there.
async function turnPage() {
  const [answer, text] = await get(location.href, 4 * PATIENCE);
  if (!answer.ok) throw new Error(answer.status);
  const html = new DOMParser().parseFromString(text, "text/html");
  const fresh = html.getElementById("screen");
  if (!fresh) return location.reload();
  section.replaceChildren(...fresh.childNodes);
  take(JSON.parse(fresh.dataset.first));
  if (!tools) await renew();
  shown = "";
  setUp();
}

async function pulse() {
  try {
    const { phase, seq, count } = await ask(section.dataset.pulse);
    if (phase !== data.phase) return await turnPage();
    const isOld = performance.now() - renewedAt > RENEW;
    const mustDraw = !tools && phase && (seq !== data.seq || clock.now() > data.expires);
    Object.assign(data, { seq, count });
    if (isOld || mustDraw) await renew();
    // The class has changed what it asks.
    if (phase && data.asks_colour !== Boolean($("colour"))) await turnPage();
  } catch {
    // Said by `tell`, once it has lasted.
  }
}

async function keepAsking() {
  await pulse();
  setTimeout(keepAsking, data.phase && (data.per_scan || !tools) ? FOLLOW : LOOK);
}

async function draw() {
  if (isDrawing) return;
  isDrawing = true;
  try {
    tell();
    if (data.phase) await (tools ? drawOwn() : drawSent());
  } finally {
    isDrawing = false;
  }
}

async function drawOwn() {
  const at = clock.now();
  const key = keys[tools.blockAt(at)];
  if (!showsCode(Boolean(key) && !isOver(at))) return;
  // Without a link nobody tells of scans: the number 0 is for codes that change by time only.
  const code = { session: data.session, phase: data.phase, at, seq: isLost() ? 0 : data.seq };
  const name = `${tools.stepAt(at)}.${code.seq}`;
  if (name !== shown) {
    const address = data.base + (await tools.tokenAt(key, code));
    $("qr").replaceChildren(tools.draw(address, QUIET));
    showDigits(await tools.numericAt(key, code));
    shown = name;
  }
  if (data.asks_colour) showColour(await tools.colourAt(key, at));
  countDown(tools.PERIOD - (at % tools.PERIOD));
}

function drawSent() {
  const at = clock.now();
  if (!data.svg || !showsCode(at <= data.expires + GOOD_FOR)) return;
  if (data.svg !== shown) {
    $("qr").innerHTML = data.svg;
    showDigits(data.numeric);
    shown = data.svg;
  }
  const past = data.colours.filter(([from]) => from <= at);
  if (past.length) showColour(past[past.length - 1][1]);
  countDown(Math.max(0, data.expires - at));
}

// A code that nobody takes is not shown, nor the colour with it.
function showsCode(is) {
  section.classList.toggle("without", !is);
  return is;
}

function showDigits(digits) {
  $("numeric").textContent = `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

function showColour(name) {
  const place = $("colour");
  if (!place || place.dataset.colour === name) return;
  place.dataset.colour = name;
  $("colour-shape").setAttribute("href", `#trap-${name}`);
  $("colour-name").textContent = texts[name];
  $("colour-of").textContent = texts[`shape_${name}`];
}

function countDown(left) {
  const seconds = Math.ceil(left / 1000);
  put($("next"), data.per_scan && !isLost() ? say("per_scan") : say("next_code", { seconds }));
}

const isOver = (at) => data.closes !== null && at > data.closes;

// What is wrong, if anything: said once, in words that do not change every second.
function tell() {
  put($("count"), String(data.count));
  put($("roster"), String(data.roster));
  put($("lost"), isLost() ? lostText(clock.now()) : "");
  const ahead = clock.ahead();
  const by = span(ahead);
  put($("clock"), Math.abs(ahead) > WRONG ? say(ahead > 0 ? "fast" : "slow", { by }) : "");
}

function lostText(at) {
  if (!data.phase) return say("lost_waiting");
  if (isOver(at)) return say("lost_over");
  if (!tools) return say("lost_drawn");
  const end = (Math.max(...Object.keys(keys)) + 1) * tools.BLOCK;
  if (at >= end) return say("lost_ended");
  return say("lost", { until: hourAndMinute.format(Math.min(end, data.closes)) });
}

function span(milliseconds) {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  if (seconds < 120) return say("seconds", { n: seconds });
  if (seconds < 7200) return say("minutes", { n: Math.round(seconds / 60) });
  return say("hours", { n: Math.round(seconds / 3600) });
}

function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
  if (place.dataset.note) place.hidden = !text;
}

function setUp() {
  const full = $("full");
  full.hidden = !document.documentElement.requestFullscreen;
  full.addEventListener("click", () => section.requestFullscreen());
}

function stayAwake() {
  if (document.visibilityState === "visible") {
    navigator.wakeLock?.request("screen").catch(() => {});
  }
}

async function start() {
  setUp();
  stayAwake();
  document.addEventListener("visibilitychange", stayAwake);
  try {
    if (!crypto.subtle) throw new Error("no WebCrypto");
    // Modules that hang on the way must not hold the page up: it is sent what they would draw.
    const [codes, { draw: drawQr }] = await Promise.race([
      Promise.all([import("/checkin-codes.js"), import("/qr-draw.js")]),
      new Promise((_, fail) => setTimeout(() => fail(new Error("slow")), 4 * PATIENCE)),
    ]);
    tools = { ...codes, draw: drawQr };
    take(data);
  } catch {
    tools = null;
  }
  const [arrival] = performance.getEntriesByType("navigation");
  const heard = arrival?.responseStart ?? performance.now();
  clock.heard(data.now_ms, arrival?.requestStart ?? 0, heard);
  await renew().catch(() => {});
  setInterval(draw, TICK);
  keepAsking();
}

start();

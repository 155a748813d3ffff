// /teach/offline: sign-ins without a link. The page says what it has kept, uploads by itself when
// the link is back, and shows what became of each record.
import { Camera } from "/offline-camera.js";
import { Code } from "/offline-code.js";
import { Day } from "/offline-day.js";
import { List } from "/offline-list.js";
import { $, clock, fill, make, words } from "/offline-parts.js";

const RETRY = 15000;
// A little more than a wrong tap can be taken back.
const SOON = 5500;
const TABS = ["list", "code", "scan"];
const { flush, later } = self.offlineQueue;

const day = new Day();
let isOnline = navigator.onLine;
let problem = "";
let isSending = false;
let tab = "list";
// Whether the page itself is on the device, too.
let isKept = false;

const act = {
  say(text, isGood) {
    $("said").textContent = text;
    $("said").className = `said note ${isGood ? "ok" : "error"}`;
    navigator.vibrate?.(isGood ? 80 : [120, 60, 120]);
  },
  // By camera, digits or tap: one way to record, one sentence about it.
  async record(person, method, evidence = "") {
    const phase = day.phase();
    if (!phase) return act.say(closed(), false);
    const name = person.name;
    const named = words[`phase_${phase}`];
    try {
      const row = await day.record(person.id, phase, method, evidence);
      const good = method === "manual" ? words.scan_good : words.scan_noted;
      const text = row ? good : words.scan_again;
      act.say(fill(text, { name, phase: named }), true);
    } catch {
      act.say(words.full, false);
    }
    return changed();
  },
  tap: (id) => act.record(day.person(id), "manual"),
  async undo(id) {
    await day.takeBack(id);
    $("said").textContent = "";
    $("said").className = "said";
    paint();
  },
};

const list = new List(day, words, act);
const code = new Code(day, words);
const camera = new Camera(day, words, act);

function closed() {
  const next = day.opensAt();
  return next === Infinity ? words.window_over : fill(words.window_closed, { time: clock(next) });
}

function changed() {
  paint();
  navigator.serviceWorker.ready.then(later);
  // With a link: as soon as a wrong tap can no longer be taken back.
  if (isOnline) setTimeout(send, SOON);
}

// Uploads what waits; `isNow` also what was recorded a moment ago.
async function send(isNow = false) {
  if (isSending) return;
  isSending = true;
  paint();
  try {
    const told = await flush("records", { isNow: isNow === true });
    if (!told.tried) return;
    isOnline = told.problem !== "offline";
    problem = isOnline ? told.problem : "";
  } finally {
    isSending = false;
    await day.reload();
    paint();
  }
}

// The link is there, perhaps: upload, then fetch what others have recorded meanwhile.
async function connect() {
  await send();
  const told = await day.fetch();
  isOnline = told !== "offline";
  if (told === "signed_out") problem = told;
  else if (!told) problem = "";
  await day.reload();
  if (isOnline && day.counts().waiting) setTimeout(send, SOON);
  paint();
}

function paintBar() {
  const { recorded, waiting } = day.counts();
  $("bar").hidden = !day.kit && !waiting;
  $("bar").classList.toggle("off", !isOnline);
  $("bar-link").textContent = isSending ? words.state_sending : isOnline ? words.state_on : words.state_off;
  $("bar-recorded").textContent = fill(words.recorded, { n: recorded });
  $("bar-waiting").textContent = waiting ? fill(words.waiting, { n: waiting }) : words.all_sent;
  $("send").hidden = !waiting || isSending;
}

function paintProblem() {
  const { others } = day.counts();
  const off = Math.abs(day.off ?? 0);
  const says = [
    problem === "signed_out" && words.signed_out,
    others && words.other_account,
    day.setBack && words.clock_changed,
    off > 120 && fill(words.clock_off, { n: off }),
  ].filter(Boolean);
  $("problem").textContent = says.join(" ");
  $("problem").hidden = !says.length;
  $("login").hidden = problem !== "signed_out";
}

function paintResults() {
  const results = day.results();
  const bad = results.filter((row) => row.outcome === "conflict" || row.outcome === "refused");
  $("results").hidden = !results.length;
  if (!results.length) return;
  const good = results.length - bad.length;
  const lines = bad.map(resultLine);
  if (good) lines.unshift(make("li", { className: "good-text", textContent: fill(words.good, { n: good }) }));
  $("results-list").replaceChildren(...lines);
  $("results-note").hidden = $("results-sheet").hidden = !bad.length;
  if (bad.length) $("results-sheet").href = `/teach/sessions/${bad[0].session}`;
}

function resultLine(row) {
  const people = day.sessions.flatMap((one) => one.people);
  const name = row.enrolment
    ? people.find((one) => one.id === row.enrolment)?.name ?? words.somebody
    : words.own;
  const line = make("li", { className: "result" });
  const tag = make("span", {
    className: `tag ${row.outcome === "conflict" ? "warn" : "bad"}`,
    textContent: words[`outcome_${row.outcome}`],
  });
  const what = `${name} ${words[`phase_${row.phase}`]} ${clock(row.at)}`;
  line.append(tag, make("b", { textContent: what }), make("span", { textContent: row.text }));
  return line;
}

function paintSession() {
  const one = day.session;
  $("day").hidden = !one;
  $("empty").hidden = !day.kit || Boolean(one);
  $("none").hidden = Boolean(day.kit) || problem === "signed_out";
  if (!one) return;
  // The list of sessions names the lesson already.
  $("choose").hidden = day.sessions.length < 2;
  $("class-title").hidden = !$("choose").hidden;
  const options = day.sessions.map((other) =>
    make("option", { value: other.id, textContent: `${other.title} ${other.label}` }),
  );
  if ($("session").children.length !== options.length) $("session").replaceChildren(...options);
  $("session").value = day.chosen;
  $("class-title").textContent = `${one.title} · ${one.label}`;
  $("class-line").textContent = `${one.when} · ${one.room}`;
  const phase = day.phase();
  const span = phase && one.windows[phase];
  $("phase").textContent = phase
    ? fill(words.window, { phase: words[`phase_${phase}`], from: clock(span[0]), until: clock(span[1]) })
    : closed();
  $("phase").classList.toggle("open", Boolean(phase));
  const kept = isKept ? words.kept_at : words.keeping;
  $("kept-at").textContent = fill(kept, { time: clock(day.kit.made_at) });
}

// The instructor's own coming and leaving, by the rules of the server's own page.
function ownPhase() {
  const one = day.session;
  const now = day.clock.now();
  if (!one) return null;
  if (day.at(null, "in") === null && now >= one.windows.in[0] && now <= one.ends_at) return "in";
  const mayLeave = now >= one.starts_at && now <= one.windows.out[1];
  return day.at(null, "out") === null && mayLeave ? "out" : null;
}

function paintOwn() {
  const phase = ownPhase();
  const done = ["in", "out"].filter((one) => day.at(null, one) !== null);
  $("own").hidden = !day.session || (!phase && !done.length);
  $("own-said").textContent = done
    .map((one) => fill(words[`own_done_${one}`], { time: clock(day.at(null, one)) }))
    .join(" · ");
  $("own-act").hidden = !phase;
  $("own-act").textContent = phase ? words[`own_${phase}`] : "";
}

function paint() {
  $("wait").hidden = true;
  paintBar();
  paintProblem();
  paintResults();
  paintSession();
  paintOwn();
  list.paint();
  for (const name of TABS) {
    $(`tab-${name}`).setAttribute("aria-selected", String(name === tab));
    $(`panel-${name}`).hidden = name !== tab;
  }
  if (tab === "code") code.paint();
  if (tab === "scan") camera.paint();
}

for (const name of TABS) {
  $(`tab-${name}`).addEventListener("click", () => {
    tab = name;
    if (tab !== "scan") camera.stop();
    paint();
  });
}
$("session").addEventListener("change", () => {
  day.choose($("session").value);
  paint();
});
$("own-act").addEventListener("click", async () => {
  const phase = ownPhase();
  if (!phase) return;
  try {
    await day.record(null, phase, "own");
  } catch {
    act.say(words.full, false);
  }
  changed();
});
$("send").addEventListener("click", () => send(true));
$("refresh").addEventListener("click", () => connect());
$("results-clear").addEventListener("click", async () => {
  await day.clearResults();
  paint();
});
addEventListener("online", () => connect());
addEventListener("offline", () => {
  isOnline = false;
  paint();
});
document.addEventListener("visibilitychange", async () => {
  await day.beat();
  if (document.hidden) return camera.stop();
  await day.look();
  paint();
});

async function start() {
  if (!isSecureContext || !navigator.serviceWorker || !self.indexedDB) {
    $("insecure").hidden = false;
    return;
  }
  $("wait").hidden = false;
  navigator.serviceWorker.addEventListener("message", async () => {
    await day.reload();
    paint();
  });
  const worker = await navigator.serviceWorker.register("/sw.js").catch(() => null);
  navigator.storage?.persist?.();
  if (await day.load()) paint();
  await connect();
  if (worker) (await navigator.serviceWorker.ready).active?.postMessage("/teach/offline");
  setInterval(async () => {
    isKept ||= Boolean(await caches.match("/teach/offline"));
    if (document.hidden) return;
    if (await day.look()) await day.beat();
    paint();
  }, 1000);
  setInterval(() => day.beat(), RETRY);
  setInterval(async () => {
    if (day.kit && day.clock.now() >= day.kit.ends_at) await day.load();
    if (!day.kit || day.counts().waiting) connect();
  }, RETRY);
}

start();

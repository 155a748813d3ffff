// What a phone shows for a scanned code when the server cannot be reached: the scan is kept here,
// signed by its owner's pass, and uploaded when the link is back. Also the list of what was kept.
import { $, clock, fill, make, words } from "/offline-parts.js";
import { signScan } from "/pass-codes.js";
import { listPasses } from "/pass-store.js";

const PERIOD = 15000;
const { all, change, flush, later, put } = self.offlineQueue;

const code = /^\/c\/([^/]+)$/.exec(location.pathname)?.[1] ?? "";
const isCode = /^[\w-]{42}$/.test(code);
let isSending = false;

// When the screen showed the code: that is the time that counts, not the phone's.
function shownAt(token) {
  const raw = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
  const step = [16, 17, 18, 19].reduce((sum, at) => sum * 256 + raw.charCodeAt(at), 0);
  return (step % 2 ** 30) * PERIOD;
}

function say(title, lead, { isGood = true, names = "" } = {}) {
  $("kept").hidden = false;
  $("kept-icon").textContent = isGood ? "✓" : "!";
  $("kept-icon").className = `icon ${isGood ? "good" : "warn"}`;
  $("kept-title").textContent = title;
  $("kept-lead").textContent = lead;
  $("kept-names").textContent = names;
}

// One scan a code and person, however often the page is opened again.
async function keep(pass) {
  const passId = pass?.passId ?? null;
  const before = await all("scans");
  const known = before.find((row) => row.code === code && row.pass === passId);
  if (known) return known;
  const row = { id: crypto.randomUUID(), code, at: Date.now(), pass: passId, state: "waiting" };
  row.name = pass?.name ?? "";
  row.signature = pass ? await signScan(pass.key, `${row.id}.${row.code}.${row.at}`) : "";
  await put("scans", row);
  navigator.serviceWorker?.ready.then(later);
  return row;
}

async function keepFor(pass) {
  try {
    await keep(pass);
  } catch {
    return say(words.failed, words.failed_lead, { isGood: false });
  }
  if (!pass) return say(words.unsigned, words.unsigned_lead, { isGood: false });
  const kept = (await all("scans")).filter((row) => row.code === code && row.pass);
  const names = kept.map((row) => fill(words.kept_for, { name: row.name })).join(" ");
  say(words.kept, fill(words.kept_lead, { time: clock(shownAt(code)) }), { names });
  return paintList();
}

async function scanned() {
  $("retry").hidden = false;
  if (!isCode) return say(words.not_code, words.not_code_lead, { isGood: false });
  const passes = await listPasses();
  if (passes.length < 2) return keepFor(passes[0]);
  $("choose").hidden = false;
  $("choose-people").replaceChildren(
    ...passes.map((pass) => {
      const button = make("button", { className: "btn big", type: "button", textContent: pass.name });
      button.addEventListener("click", () => keepFor(pass));
      return button;
    }),
  );
}

function line(row) {
  const item = make("li", { className: "result" });
  const isBad = row.outcome === "refused" || row.outcome === "conflict";
  const state = row.state === "done" ? words[row.outcome] : words.waiting;
  const tag = make("span", { className: `tag ${isBad ? "warn" : "good"}`, textContent: state });
  if (row.state !== "done") tag.className = "tag";
  const what = `${row.name ?? ""} ${fill(words.scanned, { time: clock(shownAt(row.code)) })}`;
  item.append(tag, make("b", { textContent: what.trim() }));
  if (row.text) item.append(make("span", { textContent: row.text }));
  return item;
}

async function paintList(problem = "") {
  const rows = await all("scans").catch(() => []);
  rows.sort((one, other) => other.at - one.at);
  $("list").replaceChildren(...rows.map(line));
  $("list-none").hidden = rows.length > 0;
  const waits = rows.some((row) => row.state !== "done");
  $("list-login").hidden = !(waits && problem === "signed_out");
  await change("scans", (row) =>
    row.state === "done" && row.seen === false ? { ...row, seen: true } : undefined,
  );
}

async function send() {
  if (isSending) return;
  isSending = true;
  try {
    const told = await flush("scans", { isNow: true });
    await paintList(told.problem);
  } finally {
    isSending = false;
  }
}

$("retry").addEventListener("click", () => location.reload());
addEventListener("online", send);
navigator.serviceWorker?.addEventListener("message", () => paintList());
if (code) await scanned();
await paintList();
await send();
setInterval(send, 15000);

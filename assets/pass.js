// /me/pass: shows the passes that this phone keeps, anew every 30 seconds, with or without a link.
// What the person reads stands in the page (texts as JSON), whose HTML is the same for everybody.
import { bytesOf, importKey, passAt } from "/pass-codes.js";
import { Clock } from "/pass-clock.js";
import { chosenLast, isRefused, keepPass, listPasses, noteChosen, refusePass } from "/pass-store.js";
import { draw } from "/qr-draw.js";

const $ = (name) => document.getElementById("pass" + (name ? "-" + name : ""));
const texts = JSON.parse($("texts").textContent);
const say = (key, values = {}) =>
  Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), texts[key]);
const base = $().dataset.base;
const canMake = Boolean(globalThis.crypto?.subtle);
const WRONG = 60000;

const clock = new Clock();
let people = []; // {passId, key, name, generation, kept}; without a key the server is asked
let own = ""; // the pass of whoever is logged in
let chosen = "";
let isStaff = false;
let isOnline = true;
let shown = { passId: "", expiresAt: 0 };

const person = () => people.find((one) => one.passId === chosen);

// Ask the server for the time, and for the own key where there is one. Without a link, or a login,
// the phone's own passes are all there is.
async function ask(path) {
  const who = await measure();
  isStaff = who === "other";
  if (who !== "owner") return null;
  const askedAt = performance.now();
  const answer = await fetch(path, {
    method: "POST",
    headers: { accept: "application/json" },
    cache: "no-store",
  });
  if (!answer.ok) return null;
  const told = await answer.json();
  await clock.measured(told.now, askedAt);
  return told;
}

// The time is told to everybody: a phone that only keeps passes sets its clock by it, too.
// Answers who is logged in here, "" where the server cannot say.
async function measure() {
  const askedAt = performance.now();
  const answer = await fetch("/me/pass/time", { cache: "no-store" });
  if (!answer.ok) return "";
  const told = await answer.json();
  await clock.measured(told.now, askedAt);
  return told.who;
}

async function refresh(path = "/me/pass/key") {
  let told = null;
  try {
    told = await ask(path);
    isOnline = true;
  } catch {
    isOnline = false;
    return;
  }
  // Whoever has logged out meanwhile is shown only if kept.
  if (own && own !== told?.pass_id) people = people.filter((one) => one.kept || one.passId !== own);
  own = told?.pass_id ?? "";
  if (told) await learn(told);
  if (!person()) chosen = "";
}

async function learn(told) {
  const row = { passId: told.pass_id, name: told.name, generation: told.generation };
  const known = people.find((one) => one.passId === row.passId);
  if (!canMake) row.served = told;
  else row.key = await importKey(bytesOf(told.key));
  const may = canMake && !(await isRefused(row.passId));
  row.kept = may && (await keep(row));
  people = [row, ...people.filter((one) => one.passId !== row.passId)];
  if (!known || !chosen) {
    chosen = row.passId;
    if (row.kept) noteChosen(chosen);
  }
  if (known && known.generation !== row.generation) shown.expiresAt = 0;
}

const keep = ({ passId, key, name, generation }) => keepPass({ passId, key, name, generation });

// The pass of one person at this moment: made here, or by the server where the browser cannot.
async function code(one) {
  if (one.key) {
    const made = await passAt(one.key, one.passId, clock.now());
    return { url: `${base}/p/${made.token}`, numeric: made.numeric, expiresAt: made.expiresAt };
  }
  const answer = await fetch("/me/pass/now", { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status);
  const told = await answer.json();
  return { ...told, expiresAt: clock.now() + told.seconds * 1000 };
}

let isDrawing = false;
async function show() {
  const one = person();
  const left = shown.expiresAt - clock.now();
  const isRight = shown.passId === chosen && left > 0 && left <= 30000;
  if (one && !isRight && !isDrawing) {
    isDrawing = true;
    try {
      const made = await code(one);
      $("qr").replaceChildren(draw(made.url));
      $("digits").textContent = made.numeric.slice(0, 3) + " " + made.numeric.slice(3);
      shown = { passId: one.passId, expiresAt: made.expiresAt };
      isOnline ||= !one.key;
    } catch {
      isOnline = false;
      $("qr").replaceChildren();
      $("digits").textContent = "";
    } finally {
      isDrawing = false;
    }
  }
  const seconds = Math.max(0, Math.ceil((shown.expiresAt - clock.now()) / 1000));
  $("left").value = seconds;
  $("next").textContent = $("digits").textContent ? say("next", { n: seconds }) : "";
}

function doubt(one) {
  if (!one?.key) return isOnline ? "" : texts.cannot_keep;
  if (clock.doubt === "jumped") return texts.clock_jumped;
  if (clock.doubt === "old") return texts.never_online;
  const off = Math.abs(clock.offset);
  return off > WRONG ? say("clock_wrong", { minutes: Math.round(off / 60000) }) : "";
}

// Everything but the code itself.
function paint() {
  const one = person();
  $("wait").hidden = true;
  $().hidden = $("lead").hidden = $("keeping").hidden = !one;
  $("none").hidden = Boolean(one) || isStaff;
  $("staff").hidden = !isStaff;
  $("ways").hidden = isStaff;
  $("offline").hidden = isOnline || !one?.key;
  $("clock").textContent = doubt(one);
  $("clock").hidden = !$("clock").textContent;
  $("switch").hidden = people.length < 2;
  $("count").textContent = say("switch", { count: people.length });
  $("people").replaceChildren(...people.map(button));
  if (!one) return;
  $("name").textContent = say("own", { name: one.name });
  $("kept").textContent = one.kept ? texts.kept : canMake ? texts.not_kept : texts.cannot_keep;
  $("remove").hidden = !one.kept;
  $("keep").hidden = one.kept || !one.key;
  $("sibling").hidden = !isOnline || !one.kept || Boolean(own);
  $("renewing").hidden = one.passId !== own || !isOnline;
}

function button(one) {
  const made = document.createElement("button");
  made.className = "btn";
  made.type = "button";
  made.textContent = one.name;
  made.setAttribute("aria-pressed", String(one.passId === chosen));
  made.addEventListener("click", () => {
    chosen = one.passId;
    noteChosen(chosen);
    $("said").textContent = "";
    update();
  });
  return made;
}

function update() {
  paint();
  return show();
}

$("remove").addEventListener("click", async () => {
  const one = person();
  if (!(await refusePass(one.passId))) return;
  one.kept = false;
  // Its owner, while logged in, still needs it in this very lesson; nobody else does.
  if (one.passId !== own) people = people.filter((other) => other !== one);
  if (!person()) chosen = people[0]?.passId ?? "";
  $("said").textContent = texts.removed;
  update();
});

$("keep").addEventListener("click", async () => {
  const one = person();
  one.kept = await keep(one);
  $("said").textContent = one.kept ? "" : texts.cannot_keep;
  update();
});

$("renew").addEventListener("click", async () => {
  await refresh("/me/pass/renew");
  if (isOnline && own) $("said").textContent = texts.renewed;
  $("renewing").open = false;
  update();
});

async function again() {
  await refresh();
  await update();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return clock.keep();
  clock.woke();
  again();
});
window.addEventListener("online", again);
window.addEventListener("pageshow", (event) => event.persisted && again());

async function start() {
  $("wait").hidden = false;
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
  await clock.recall();
  people = canMake ? (await listPasses()).map((row) => ({ ...row, kept: true })) : [];
  const last = await chosenLast();
  chosen = (people.find((one) => one.passId === last) ?? people[0])?.passId ?? "";
  // What the phone keeps is shown at once; a slow link must not hold it up.
  if (person()) await update();
  await again();
  setInterval(() => {
    if (document.hidden) return;
    clock.tick();
    show();
  }, 250);
  setInterval(() => clock.keep(), 15000);
}

start();

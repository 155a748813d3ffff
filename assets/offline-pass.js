// Judges passes that trainees show, by their keys of this one day: genuine, and shown just now.
// As portal/domain/person_pass.py; a printed card's signature only the server can check.
import { PERIOD, bytesOf, importKey, mac } from "/pass-codes.js";

const imported = new Map();

function keyOf(base64) {
  if (!imported.has(base64)) imported.set(base64, importKey(bytesOf(base64)));
  return imported.get(base64);
}

const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

function encoded(bytes) {
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function four(number) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

// What a QR code holds: {kind: "pass", passId, step, token}, {kind: "sheet", enrolment, token}, or
// null for anything else. It is an address of this site, or the bare text.
export function read(text) {
  const token = /^https?:\/\/[^/]+\/p\/([\w-]+)$/.exec(text.trim())?.[1] ?? text.trim();
  if (/^P[\w-]{40}$/.test(token)) {
    const raw = bytesOf(token.slice(1));
    const step = new DataView(raw.buffer).getUint32(16);
    return { kind: "pass", token, passId: hex(raw.slice(0, 16)), step };
  }
  if (/^S[\w-]{39}$/.test(token)) {
    const id = hex(bytesOf(token.slice(1)).slice(0, 16));
    const enrolment = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    return { kind: "sheet", token, enrolment };
  }
  return null;
}

// Whether the pass was made under the person's key of this day.
export async function isGenuine(dayKey, pass) {
  const raw = bytesOf(pass.token.slice(1));
  const signature = await mac(await keyOf(dayKey), "portal pass token v1", raw.slice(0, 20));
  return hex(raw.slice(20)) === hex(signature.slice(0, 10)) && encoded(raw) === pass.token.slice(1);
}

// Whether it is of this half minute, or of the one before or after.
export function isFresh(pass, at) {
  return Math.abs(Math.floor(at / PERIOD) - pass.step) <= 1;
}

// Whether six digits are those of the pass now, with the same tolerance.
export async function digitsMatch(dayKey, typed, at) {
  const step = Math.floor(at / PERIOD);
  for (const one of [step - 1, step, step + 1]) {
    const number = await mac(await keyOf(dayKey), "portal pass numeric v1", four(one));
    const digits = new DataView(number.buffer).getBigUint64(0) % 1000000n;
    if (String(digits).padStart(6, "0") === typed) return true;
  }
  return false;
}

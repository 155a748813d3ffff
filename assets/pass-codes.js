// Makes passes as portal/domain/person_pass.py does; keep the two alike (a golden test compares
// them). Needs WebCrypto. A key is a CryptoKey: once imported, no script can read it any more.
export const PERIOD = 30000;
const SHANGHAI = 8 * 3600 * 1000;
const text = new TextEncoder();

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function bytesOf(base64) {
  const plain = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

function encoded(bytes) {
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function importKey(bytes) {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

// HMAC-SHA256 of a label, a NUL and a message.
export async function mac(key, label, message) {
  const whole = joined(text.encode(label), new Uint8Array([0]), message);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, whole));
}

// The day in Shanghai (no summer time since 1991), as 2026-12-01.
export function dayOf(at) {
  return new Date(at + SHANGHAI).toISOString().slice(0, 10);
}

// The key of a day, which makes passes of that day only.
export async function dayKey(key, day) {
  return importKey(await mac(key, "portal pass day v1", text.encode(day)));
}

function four(number) {
  return new Uint8Array([number >>> 24, number >>> 16, number >>> 8, number]);
}

function idBytes(passId) {
  return Uint8Array.from(passId.match(/../g), (pair) => parseInt(pair, 16));
}

// What to show at `at` (milliseconds, true time): {token, numeric, expiresAt}.
export async function passAt(key, passId, at) {
  const step = Math.floor(at / PERIOD);
  const ofDay = await dayKey(key, dayOf(step * PERIOD));
  const body = joined(idBytes(passId), four(step));
  const signature = await mac(ofDay, "portal pass token v1", body);
  const number = await mac(ofDay, "portal pass numeric v1", four(step));
  const digits = new DataView(number.buffer).getBigUint64(0) % 1000000n;
  return {
    token: "P" + encoded(joined(body, signature.slice(0, 10))),
    numeric: String(digits).padStart(6, "0"),
    expiresAt: (step + 1) * PERIOD,
  };
}

// The signature under a scan that the phone keeps until the link is back: 32 hex digits.
export async function signScan(key, body) {
  const signature = await mac(key, "portal kept scan v1", text.encode(body));
  return Array.from(signature.slice(0, 16), (one) => one.toString(16).padStart(2, "0")).join("");
}

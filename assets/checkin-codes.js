// Check-in codes and colours out of a screen key, for a screen without a link. The same as
// portal/domain/checkin_code.py and relay_trap.py; tests/assets/test_checkin_codes.py compares
// the two. A key is 32 bytes and good for one session, one phase and one block of five minutes;
// moments are milliseconds since 1970 by the server's clock. Needs WebCrypto: https or localhost.

export const PERIOD = 15_000;
export const STEPS_A_BLOCK = 20;
export const BLOCK = PERIOD * STEPS_A_BLOCK;
export const COLOUR_PERIOD = 4_000;
export const COLOURS = [
  "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey",
  "teal",
];
const OTHERS_BETWEEN = 9;

// In the order of their numbers; the two top bits of the step hold it.
const PHASES = ["in", "out", "mid"];
const MAC_BYTES = 10;
const DIGITS = 6;
const text = new TextEncoder();
// Importing a key takes as long as a MAC, and a block's key serves for five minutes.
const imported = new WeakMap();
const orders = new WeakMap();

export const stepAt = (at) => Math.floor(at / PERIOD);
export const blockAt = (at) => Math.floor(at / BLOCK);

// What the QR code holds after /c/: 42 characters.
export async function tokenAt(key, { session, phase, at, seq = 0 }) {
  const body = join(bytesOfId(session), packed(phase, stepAt(at)), Uint8Array.of(seq));
  const mac = await sign(key, "portal checkin token v2", body);
  return encode(join(body, mac.subarray(0, MAC_BYTES)));
}

// The six digits beside it; they know no number.
export async function numericAt(key, { session, phase, at }) {
  const body = join(bytesOfId(session), packed(phase, stepAt(at)));
  const mac = await sign(key, "portal checkin numeric v2", body);
  const number = new DataView(mac.buffer).getBigUint64(0) % BigInt(10 ** DIGITS);
  return number.toString().padStart(DIGITS, "0");
}

// The colour on the screen, by its name.
export async function colourAt(key, at) {
  return (await colourOrder(key))[Math.floor((at % BLOCK) / COLOUR_PERIOD)];
}

// The colours of the key's five minutes, one a step.
export function colourOrder(key) {
  if (!orders.has(key)) orders.set(key, drawColours(key));
  return orders.get(key);
}

async function drawColours(key) {
  const steps = BLOCK / COLOUR_PERIOD;
  const shown = [];
  for (let n = 0; shown.length < steps; n += 1) {
    const mac = await sign(key, "portal checkin colours v2", Uint8Array.of(n));
    for (const drawn of mac.subarray(0, steps - shown.length)) {
      const recent = shown.slice(-OTHERS_BETWEEN);
      const free = COLOURS.filter((each) => !recent.includes(each));
      shown.push(free[drawn % free.length]);
    }
  }
  return shown;
}

// URL-safe base64 without padding, there and back.
export function encode(bytes) {
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function decode(words) {
  const plain = atob(words.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function sign(key, label, message) {
  if (!imported.has(key)) {
    const way = { name: "HMAC", hash: "SHA-256" };
    imported.set(key, crypto.subtle.importKey("raw", key, way, false, ["sign"]));
  }
  const whole = join(text.encode(label), Uint8Array.of(0), message);
  return new Uint8Array(await crypto.subtle.sign("HMAC", await imported.get(key), whole));
}

function packed(phase, step) {
  const bytes = new Uint8Array(4);
  // Not by |: that would make a number with the top bit negative.
  new DataView(bytes.buffer).setUint32(0, PHASES.indexOf(phase) * 2 ** 30 + step);
  return bytes;
}

function bytesOfId(id) {
  const pairs = id.replaceAll("-", "").match(/../g);
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// Reads what trainees show: whose pass it is and of when. Whether it is genuine only the server can
// say, at the upload: a device that could tell could also make one. As portal/domain/person_pass.py.
import { PERIOD, bytesOf } from "/pass-codes.js";

const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

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

// By how many minutes a pass is of another time, ahead of `at` or (below 0) behind; 0 within the
// half minute before and after.
export function minutesOff(pass, at) {
  const steps = pass.step - Math.floor(at / PERIOD);
  if (Math.abs(steps) <= 1) return 0;
  return Math.sign(steps) * Math.max(Math.round((Math.abs(steps) * PERIOD) / 60000), 1);
}

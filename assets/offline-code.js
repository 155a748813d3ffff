// The room's code on this device, computed from the kit's keys: QR code, digits, and the colour.
import { blockAt, colourAt, decode, numericAt, PERIOD, tokenAt } from "/checkin-codes.js";
import { $, fill } from "/offline-parts.js";
import { draw } from "/qr-draw.js";

export class Code {
  constructor(day, words) {
    Object.assign(this, { day, words, keys: new Map(), shown: "" });
  }

  // The key of this moment, or null outside the windows.
  key(phase, at) {
    const text = this.day.session?.keys[phase]?.[String(blockAt(at))];
    if (!text) return null;
    if (!this.keys.has(text)) this.keys.set(text, decode(text));
    return this.keys.get(text);
  }

  async paint() {
    const at = this.day.clock.now();
    const phase = this.day.phase(at);
    const key = phase && this.key(phase, at);
    if (!key) return this.clear();
    const session = this.day.chosen;
    const token = await tokenAt(key, { session, phase, at });
    if (token !== this.shown) {
      $("qr").replaceChildren(draw(this.day.kit.scan_url + token));
      const digits = await numericAt(key, { session, phase, at });
      $("numeric").textContent = `${digits.slice(0, 3)} ${digits.slice(3)}`;
      this.shown = token;
    }
    const left = Math.ceil((PERIOD - (at % PERIOD)) / 1000);
    $("next").textContent = fill(this.words.next_code, { n: left });
    await this.paintColour(key, at);
  }

  async paintColour(key, at) {
    $("colour").hidden = !this.day.session.relay_trap;
    if ($("colour").hidden) return;
    const colour = await colourAt(key, at);
    $("colour-shape").setAttribute("href", `#trap-${colour}`);
    $("colour-name").textContent = this.words.colours[colour];
  }

  clear() {
    this.shown = "";
    $("qr").replaceChildren();
    $("numeric").textContent = "";
    $("next").textContent = "";
    $("colour").hidden = true;
  }
}

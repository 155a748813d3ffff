// The true time on a phone whose clock may be wrong. While there is a link the server's time is
// measured; how far the phone is off is kept and used without one.
import { keepClock, readClock } from "/pass-store.js";

const JUMP = 2000;
const OLD = 30 * 24 * 3600 * 1000;

export class Clock {
  constructor() {
    this.offset = 0;
    this.measuredAt = 0;
    // "", "jumped" (somebody changed the phone's clock and there is no link), "old" (not measured
    // for a month or ever).
    this.doubt = "old";
    this.mark();
  }

  // What is remembered from before; to be called first.
  async recall() {
    const kept = await readClock();
    if (!kept || this.measuredAt) return;
    this.offset = kept.offset;
    this.measuredAt = kept.measuredAt;
    // Time runs forwards only. How far it was set on cannot be told without a link.
    if (Date.now() < kept.seenAt - JUMP) this.doubt = "jumped";
    else this.doubt = Date.now() + this.offset - this.measuredAt > OLD ? "old" : "";
  }

  // The server said `serverNow` (ms) to a question asked at `askedAt` by performance.now().
  measured(serverNow, askedAt) {
    const half = (performance.now() - askedAt) / 2;
    this.offset = serverNow + half - Date.now();
    this.measuredAt = serverNow;
    this.doubt = "";
    this.mark();
    return this.keep();
  }

  keep() {
    // What has jumped stays in doubt after the page is opened again, until the next measurement.
    if (this.doubt) return Promise.resolve(false);
    const { offset, measuredAt } = this;
    return keepClock({ offset, measuredAt, seenAt: Date.now() });
  }

  mark() {
    this.lastDate = Date.now();
    this.lastTick = performance.now();
  }

  // Called some times a second while the page is seen: a clock that is set meanwhile moves
  // against the browser's own stopwatch, which nobody can set.
  tick() {
    const moved = Date.now() - this.lastDate - (performance.now() - this.lastTick);
    if (Math.abs(moved) > JUMP) this.offset -= moved;
    this.mark();
  }

  // Called when the page is seen again: a phone that slept has stopped the stopwatch, so that
  // only a step back tells that the clock was set.
  woke() {
    if (Date.now() < this.lastDate - JUMP) this.doubt = "jumped";
    this.mark();
  }

  now() {
    return Date.now() + this.offset;
  }
}

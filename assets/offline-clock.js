// The server's time on a device without a link: the device's own clock, put right by what it was
// off when the kit was fetched, and watched against the browser's stopwatch.
const JUMP = 2000;

export class OfflineClock {
  constructor() {
    this.offset = 0;
    this.drift = Date.now() - performance.now();
  }

  // The kit's answer said `server` (ms); asked and heard are performance.now().
  measured(server, asked, heard) {
    this.offset = server + (heard - asked) / 2 - Date.now();
    this.drift = Date.now() - performance.now();
  }

  now() {
    return Date.now() + this.offset;
  }

  // By how many ms the clock moved against the stopwatch since the last look; 0 for nothing.
  // Forwards is mostly a device that slept, during which the stopwatch stands still: its time is
  // right. Backwards somebody has set the clock: what it lost is added from now on.
  look() {
    const drift = Date.now() - performance.now();
    const moved = drift - this.drift;
    if (Math.abs(moved) <= JUMP) return 0;
    this.drift = drift;
    if (moved < 0) this.offset -= moved;
    return moved;
  }

  // The device's own clock was seen at `seen` in an earlier life of this page: time runs forwards
  // only. Answers by how many ms it has been set back at least, or 0.
  resume(offset, seen) {
    this.offset = offset;
    const back = (seen ?? 0) - Date.now();
    if (back <= JUMP) return 0;
    this.offset += back;
    return back;
  }
}

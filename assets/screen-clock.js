// The server's time on a device whose own clock may be wrong: the monotonic clock of the page,
// which nobody can set, plus what the server's answers say. Of late the answer that took least on
// the way counts, since half of that is how wrong it can be.

const FRESH = 60_000;
// A laptop that slept: the monotonic clock stood still, the wall clock did not.
const JUMP = 2_000;

export class ServerClock {
  #offset = 0;
  #trip = Infinity;
  #at = -Infinity;
  #drift = Date.now() - performance.now();

  // An answer said `server` (milliseconds since 1970); asked and heard are performance.now().
  heard(server, asked, heard) {
    const trip = heard - asked;
    if (trip > this.#trip && heard - this.#at < FRESH) return;
    this.#offset = server - (asked + heard) / 2;
    this.#trip = trip;
    this.#at = heard;
  }

  now() {
    const drift = Date.now() - performance.now();
    if (Math.abs(drift - this.#drift) > JUMP) {
      // The next answer puts it right; until then, sleeping is likelier than a clock set forward.
      if (drift > this.#drift) this.#offset += drift - this.#drift;
      this.#trip = Infinity;
      this.#drift = drift;
    }
    return performance.now() + this.#offset;
  }

  // By how many milliseconds the device's own clock is ahead of the server's.
  ahead() {
    return Date.now() - this.now();
  }
}

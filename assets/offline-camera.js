// Reads trainees' passes and printed cards with the camera, or takes the six digits of a pass.
// Nothing leaves the device; whom a code belongs to is looked up in the kit.
import { $, fill } from "/offline-parts.js";
import { digitsMatch, isFresh, isGenuine, read } from "/offline-pass.js";

const AGAIN = 8000;
const REASONS = new Set(["NotAllowedError", "SecurityError", "NotFoundError"]);

// The whole middle of the picture: the library looks at less, and people hold phones close.
function middle(video) {
  const side = Math.min(video.videoWidth, video.videoHeight);
  return {
    x: Math.round((video.videoWidth - side) / 2),
    y: Math.round((video.videoHeight - side) / 2),
    width: side,
    height: side,
    downScaledWidth: Math.min(side, 640),
    downScaledHeight: Math.min(side, 640),
  };
}

export class Camera {
  constructor(day, words, act) {
    Object.assign(this, { day, words, act, before: { text: "", at: 0 }, stream: null });
    $("camera").addEventListener("click", () => this.start());
    $("typed").addEventListener("submit", (event) => {
      event.preventDefault();
      this.typed($("digits").value.replace(/\s/g, ""));
      $("digits").value = "";
    });
  }

  async start() {
    try {
      const [{ default: QrScanner }, stream] = await Promise.all([
        import("/vendor/qr-scanner.min.js"),
        navigator.mediaDevices.getUserMedia({
          audio: false,
          video: { facingMode: "environment", width: { ideal: 1280 } },
        }),
      ]);
      this.stream = stream;
      $("video").hidden = false;
      $("camera").hidden = true;
      $("video").srcObject = stream;
      this.scanner = new QrScanner($("video"), ({ data }) => this.seen(data), {
        returnDetailedScanResult: true,
        onDecodeError: () => {},
        maxScansPerSecond: 8,
        calculateScanRegion: middle,
      });
      await this.scanner.start();
      navigator.wakeLock?.request("screen").catch(() => {});
    } catch (error) {
      this.stop();
      this.act.say(REASONS.has(error?.name) ? this.words.scan_denied : this.words.scan_broken, false);
    }
  }

  stop() {
    this.scanner?.destroy();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.scanner = this.stream = null;
    $("video").hidden = true;
    $("camera").hidden = false;
  }

  // One code stays before the camera for a while: once is enough.
  async seen(text) {
    const now = performance.now();
    if (text === this.before.text && now - this.before.at < AGAIN) return;
    this.before = { text, at: now };
    const found = read(text);
    if (!found) return this.act.say(this.words.scan_unknown, false);
    if (found.kind === "sheet") return this.sheet(found);
    return this.pass(found);
  }

  async pass(found) {
    const person = this.day.people.find((one) => one.pass === found.passId);
    if (!person) return this.act.say(this.words.scan_foreign, false);
    if (!(await isGenuine(person.key, found))) return this.act.say(this.words.scan_false, false);
    if (!isFresh(found, this.day.clock.now())) return this.act.say(this.words.scan_old, false);
    return this.act.record(person, "pass", found.token);
  }

  // The server checks the card's signature later; here it only says who it is.
  sheet(found) {
    const person = this.day.person(found.enrolment);
    if (!person) return this.act.say(this.words.scan_foreign, false);
    return this.act.record(person, "sheet", found.token);
  }

  async typed(digits) {
    const at = this.day.clock.now();
    if (!/^[0-9]{6}$/.test(digits)) return this.act.say(this.words.scan_digits, false);
    const found = [];
    for (const person of this.day.people) {
      if (person.key && (await digitsMatch(person.key, digits, at))) found.push(person);
    }
    if (found.length > 1) return this.act.say(this.words.scan_twice, false);
    if (!found.length) return this.act.say(this.words.scan_digits, false);
    return this.act.record(found[0], "pass_code", digits);
  }
}

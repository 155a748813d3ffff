// Reads trainees' passes and printed cards with the camera, or takes the six digits of a pass under
// the name that staff choose. Whom a code belongs to is looked up in the kit; whether it is genuine
// the server judges when the link is back.
import { $, fill, make } from "/offline-parts.js";
import { minutesOff, read } from "/offline-pass.js";

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
    Object.assign(this, { day, words, act, before: { text: "", at: 0 }, stream: null, drawn: "" });
    $("camera").addEventListener("click", async () => {
      // A second tap before the camera is open would open another.
      $("camera").disabled = true;
      await this.start().finally(() => ($("camera").disabled = false));
    });
    $("typed").addEventListener("submit", (event) => {
      event.preventDefault();
      this.typed($("digits").value.normalize("NFKC").replace(/\s/g, ""));
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
  seen(text) {
    const now = performance.now();
    if (text === this.before.text && now - this.before.at < AGAIN) return;
    this.before = { text, at: now };
    const found = read(text);
    if (!found) return this.act.say(this.words.scan_unknown, false);
    if (found.kind === "sheet") return this.sheet(found);
    return this.pass(found);
  }

  pass(found) {
    const person = this.day.people.find((one) => one.pass === found.passId);
    if (!person) return this.act.say(this.words.scan_foreign, false);
    const off = minutesOff(found, this.day.clock.now());
    if (off) {
      const text = off > 0 ? this.words.scan_ahead : this.words.scan_behind;
      return this.act.say(fill(text, { name: person.name, minutes: Math.abs(off) }), false);
    }
    return this.act.record(person, "pass", found.token);
  }

  sheet(found) {
    const person = this.day.person(found.enrolment);
    if (!person) return this.act.say(this.words.scan_foreign, false);
    return this.act.record(person, "sheet", found.token);
  }

  // Digits alone do not say whose they are: staff choose the name.
  async typed(digits) {
    if (!/^[0-9]{6}$/.test(digits)) return this.act.say(this.words.scan_digits, false);
    const person = this.day.person($("whose").value);
    if (!person) return this.act.say(this.words.scan_choose, false);
    await this.act.record(person, "pass_code", digits);
    $("digits").value = $("whose").value = "";
  }

  // The names to choose from: who is not recorded yet.
  paint() {
    const { day } = this;
    const phase = day.phase();
    const left = day.people.filter((one) => !phase || day.at(one.id, phase) === null);
    const wanted = `${day.chosen} ${left.map((one) => one.id).join()}`;
    // Drawn anew only when it changes: a list that is being read must not jump.
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    const chosen = $("whose").value;
    const named = left.map((one) => {
      const tail = fill(this.words.tail, { tail: one.tail });
      return make("option", { value: one.id, textContent: `${one.name} ${tail}` });
    });
    const nobody = make("option", { value: "", textContent: this.words.scan_nobody });
    $("whose").replaceChildren(nobody, ...named);
    $("whose").value = left.some((one) => one.id === chosen) ? chosen : "";
  }
}

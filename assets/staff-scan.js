// The instructor's phone reads passes and cards one after the other; each is recorded at once, and
// the page stays. No picture leaves the phone. Digits and names go the same way as the camera's
// readings; without this script they are plain forms.
const $ = (name) => document.getElementById(name);
const texts = JSON.parse($("scan-texts").textContent);
const box = $("scan");
const SCANS_PER_SECOND = 12;
// The same code stays before the camera for a while: once is enough.
const AGAIN_MS = 8000;
const LAST = 10;
// How long a result lies over the page; the list keeps it.
const GOOD_MS = 6000;
const BAD_MS = 12000;
const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
};

let isAsking = false;
let before = { text: "", at: 0 };
let sound = null;
let hiding = 0;

function beep(isGood) {
  navigator.vibrate?.(isGood ? 80 : [120, 60, 120]);
  if (!sound) return;
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = isGood ? 880 : 220;
  volume.gain.value = 0.2;
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + (isGood ? 0.12 : 0.35));
}

function tell(sentence, isGood, tap = "", whom = "") {
  $("result").className = "note " + (isGood ? "ok" : "error");
  $("result").hidden = false;
  $("said").textContent = sentence;
  $("instead").hidden = !tap;
  $("instead").querySelector("button").textContent = tap;
  $("instead").elements.enrolment.value = whom;
  beep(isGood);
  clearTimeout(hiding);
  // What offers a button stays until it is pressed or something else was read.
  if (!tap) hiding = setTimeout(() => ($("result").hidden = true), isGood ? GOOD_MS : BAD_MS);
}

function note(answer) {
  const line = document.createElement("li");
  line.textContent = (answer.ok ? "✓ " : "× ") + answer.sentence;
  if (!answer.ok) line.className = "bad";
  $("last").prepend(line);
  while ($("last").children.length > LAST) $("last").lastChild.remove();
}

// Others record, too: the screen, another phone. Every answer brings the names up to date.
function mark(done) {
  for (const row of document.querySelectorAll("[data-enrolment]")) {
    const at = done[row.dataset.enrolment];
    if (!at) continue;
    row.querySelector(".at").textContent = at;
    row.querySelector("form")?.remove();
  }
  const all = document.querySelectorAll("[data-enrolment] .at");
  $("done").textContent = [...all].filter((one) => one.textContent).length;
}

async function send(reading) {
  if (isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch(box.dataset.source, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ phase: box.dataset.phase, ...reading }),
    });
    // The login is over, or the session is no more: the page itself says so.
    if (answer.status === 401 || answer.status === 404) return location.reload();
    const told = await answer.json();
    if (!answer.ok) return tell(told.detail ?? texts.lost, false);
    tell(told.sentence, told.ok, told.tap, told.enrolment_id);
    note(told);
    mark(told.done);
  } catch {
    before = { text: "", at: 0 };
    tell(texts.lost, false);
  } finally {
    isAsking = false;
  }
}

document.addEventListener("submit", (event) => {
  if (!box || !event.target.matches("[data-scan]")) return;
  event.preventDefault();
  const { code, enrolment } = event.target.elements;
  if (enrolment) send({ enrolment_id: enrolment.value });
  else send({ text: code.value }).then(() => (code.value = ""));
});

function seen({ data }) {
  const now = performance.now();
  if (isAsking || (data === before.text && now - before.at < AGAIN_MS)) return;
  before = { text: data, at: now };
  send({ text: data.slice(0, 300) });
}

// The whole middle of the picture, as the trainee's scanner has it.
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

let stop = null;

function shut(reason) {
  $("shut").textContent = texts[reason] ?? texts.busy;
  $("shut").hidden = false;
}

async function start() {
  // Until the camera is open or shut there is nothing to stop: a second tap would open another.
  $("start").disabled = true;
  await open().finally(() => ($("start").disabled = false));
}

async function open() {
  $("shut").hidden = true;
  if (!window.isSecureContext) return shut("insecure");
  if (!navigator.mediaDevices?.getUserMedia) return shut("unsupported");
  let stream = null;
  let scanner = null;
  stop = () => {
    scanner?.destroy();
    stream?.getTracks().forEach((track) => track.stop());
    $("camera").hidden = $("hint").hidden = $("latest").hidden = true;
    $("start").textContent = texts.camera;
    stop = null;
  };
  try {
    const [{ default: QrScanner }, opened] = await Promise.all([
      import("/vendor/qr-scanner.min.js"),
      navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "environment", width: { ideal: 1280 } },
      }),
    ]);
    stream = opened;
    $("camera").hidden = $("hint").hidden = $("latest").hidden = false;
    $("start").textContent = texts.camera_stop;
    $("video").srcObject = stream;
    scanner = new QrScanner($("video"), seen, {
      returnDetailedScanResult: true,
      onDecodeError: () => {},
      maxScansPerSecond: SCANS_PER_SECOND,
      calculateScanRegion: middle,
    });
    await scanner.start();
    navigator.wakeLock?.request("screen").catch(() => {});
  } catch (error) {
    stop?.();
    shut(REASONS[error?.name] ?? "busy");
  }
}

async function begin() {
  if (!box) return;
  document.body.classList.add("live");
  $("start").hidden = false;
  $("start").addEventListener("click", () => {
    // A sound needs a tap before; this is the one.
    sound ??= globalThis.AudioContext ? new AudioContext() : null;
    if (stop) stop();
    else start();
  });
  // Whoever allowed the camera before need not ask for it again.
  const state = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (state?.state === "granted" && !stop) start();
}

begin();

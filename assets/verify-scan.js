// Reads the code on a certificate and opens its page of verification; only this portal's own, or
// after a tap that of a portal that the authority trusts. A forged certificate carries a code that
// leads to a forged portal, so every other address is shown and not opened.
const $ = (id) => document.getElementById(id);
const box = $("scan");
const LONGEST = 300;

let scanner = null;
let stream = null;

function stop() {
  scanner?.destroy();
  stream?.getTracks().forEach((track) => track.stop());
  scanner = stream = null;
  $("camera").hidden = $("hint").hidden = true;
  $("start").hidden = false;
}

// Where a code leads: "own" with a path of ours, "trusted" with an address, else "foreign".
export function judge(text, own, others, here) {
  const number = text.replace(/[\s-]/g, "").toUpperCase();
  if (/^((PX|ZX|AQ|JL|JD)[0-9]{18}|[YS][0-9]{21})$/.test(number)) return { kind: "own", path: `/verify/${number}` };
  let url = null;
  try {
    url = new URL(text);
  } catch {
    return { kind: "foreign", text, link: false };
  }
  if (!/^https?:$/.test(url.protocol)) return { kind: "foreign", text, link: false };
  const plain = !url.username && !url.password && url.pathname.startsWith("/verify/");
  if (plain && [own, here].some((one) => new URL(one).origin === url.origin)) {
    return { kind: "own", path: url.pathname };
  }
  const home = Object.keys(others).find((one) => new URL(one).origin === url.origin);
  if (plain && home) return { kind: "trusted", address: url.href, name: others[home] };
  return { kind: "foreign", text: url.href, link: true };
}

function seen({ data }) {
  stop();
  const others = JSON.parse(box.dataset.others);
  const found = judge(data.trim().slice(0, LONGEST), box.dataset.own, others, location.origin);
  if (found.kind === "own") {
    location.assign(found.path);
    return;
  }
  $("trusted").hidden = found.kind !== "trusted";
  $("foreign").hidden = found.kind !== "foreign";
  if (found.kind === "trusted") {
    $("portal").textContent = found.name;
    $("there").textContent = found.address;
    $("open").href = found.address;
    return;
  }
  $("not-ours").hidden = !found.link;
  $("not-link").hidden = found.link;
  $("where").textContent = found.text;
}

async function start() {
  $("shut").hidden = $("trusted").hidden = $("foreign").hidden = true;
  $("start").disabled = true;
  try {
    const [{ default: QrScanner }, opened] = await Promise.all([
      import("/vendor/qr-scanner.min.js"),
      navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "environment", width: { ideal: 1280 } },
      }),
    ]);
    stream = opened;
    $("camera").hidden = $("hint").hidden = false;
    $("start").hidden = true;
    $("video").srcObject = stream;
    scanner = new QrScanner($("video"), seen, {
      returnDetailedScanResult: true,
      onDecodeError: () => {},
      maxScansPerSecond: 8,
    });
    await scanner.start();
  } catch {
    stop();
    $("shut").hidden = false;
  }
  $("start").disabled = false;
}

if (box) {
  box.hidden = false;
  $("start").addEventListener("click", start);
}

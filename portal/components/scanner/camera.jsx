// Reads the code on the room's screen with the phone's camera. No picture leaves the phone: the
// only thing that follows from a code is a move to a path of this site. What is said to the
// person stands in the children, which show themselves by the container's data-state.
import { useEffect, useRef, useState } from "react";
import QrScanner from "qr-scanner";

const SCANS_PER_SECOND = 12;
const NOTE_MS = 4000;
const REASONS = {
  insecure: "insecure",
  unsupported: "unsupported",
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
};

// The path of a check-in code, or null. One portal may be known by several addresses; the move
// always stays on the one that this page was opened by, which judges the code.
function checkinPath(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  return isWeb && /^\/c\/[^/]+$/.test(url.pathname) ? url.pathname : null;
}

// The library asks for the camera too, but hides why it was refused.
function openCamera() {
  if (!window.isSecureContext) throw { name: "insecure" };
  if (!navigator.mediaDevices?.getUserMedia) throw { name: "unsupported" };
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: 1280 } },
  });
}

// The whole middle of the picture, so that the code need not be aimed at from the back row.
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

export function QrCamera({ videoLabel, children }) {
  const video = useRef(null);
  const [state, setState] = useState("asking");
  const [isForeign, setForeign] = useState(false);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let isGone = false;
    let scanner = null;
    let stream = null;
    let note = 0;
    const seen = ({ data }) => {
      if (isGone) return;
      const path = checkinPath(data);
      clearTimeout(note);
      setForeign(path === null);
      if (path === null) {
        note = setTimeout(() => setForeign(false), NOTE_MS);
        return;
      }
      scanner.stop();
      setState("found");
      window.location.assign(path);
    };
    const start = async () => {
      try {
        stream = await openCamera();
        if (isGone) return stop();
        video.current.srcObject = stream;
        scanner = new QrScanner(video.current, seen, {
          returnDetailedScanResult: true,
          onDecodeError: () => {},
          maxScansPerSecond: SCANS_PER_SECOND,
          calculateScanRegion: middle,
        });
        await scanner.start();
        if (!isGone) setState((now) => (now === "found" ? now : "scanning"));
      } catch (error) {
        if (!isGone) setState(REASONS[error?.name] ?? "busy");
        stop();
      }
    };
    const stop = () => {
      clearTimeout(note);
      scanner?.destroy();
      stream?.getTracks().forEach((track) => track.stop());
    };
    // Somebody who comes back from the check-in page wants to scan again.
    const back = (event) => event.persisted && again();
    window.addEventListener("pageshow", back);
    start();
    return () => {
      isGone = true;
      window.removeEventListener("pageshow", back);
      stop();
    };
  }, [attempt]);

  const again = () => {
    setForeign(false);
    setState("asking");
    setAttempt((count) => count + 1);
  };

  return (
    <div
      className="group space-y-3"
      data-state={state}
      data-foreign={isForeign ? "yes" : "no"}
      data-testid="scanner"
      onClick={(event) => event.target.closest("[data-scan-again]") && again()}
    >
      <div className="relative mx-auto aspect-square w-full max-w-[46dvh] overflow-hidden rounded-2xl bg-neutral hidden group-data-[state=asking]:block group-data-[state=scanning]:block group-data-[state=found]:block">
        <video
          ref={video}
          className="absolute inset-0 size-full object-cover"
          aria-label={videoLabel}
          playsInline
          muted
        />
        <div className="absolute inset-[12%] rounded-2xl border-4 border-white/80" aria-hidden="true" />
      </div>
      {children}
    </div>
  );
}

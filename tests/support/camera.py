"""A camera that looks at a QR code: video for Chromium's fake capture device."""

from pathlib import Path

import cv2
import numpy as np

from portal.documents import qr

GREY = 128


def make_y4m(
    path: Path,
    text: str,
    *,
    seconds: float = 1.0,
    size: tuple[int, int] = (640, 480),
    fps: int = 10,
) -> Path:
    """Writes a grey video of the QR code of ``text`` to ``path`` and returns it.

    For ``--use-file-for-fake-video-capture``; Chromium repeats it for ever. ``size`` is width
    and height in pixels, both even (4:2:0 chroma).
    """
    width, height = size
    frame = _frame(text, width, height).tobytes()
    chroma = bytes([GREY]) * (width * height // 2)
    with path.open("wb") as video:
        video.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(max(1, round(seconds * fps))):
            video.write(b"FRAME\n" + frame + chroma)
    return path


def _frame(text: str, width: int, height: int) -> np.ndarray:
    content = np.frombuffer(qr.png(text, scale=1, border=4), np.uint8)
    modules = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)
    scale = min(width, height) * 9 // 10 // modules.shape[0]
    code = np.kron(modules, np.ones((scale, scale), np.uint8))
    frame = np.full((height, width), GREY, np.uint8)
    top, left = (height - code.shape[0]) // 2, (width - code.shape[1]) // 2
    frame[top : top + code.shape[0], left : left + code.shape[1]] = code
    return frame

"""Reads a QR code off a picture, as a phone would."""

from typing import Any

import cv2
import numpy as np


def read_qr(png: bytes) -> str:
    """The text of the one code on a PNG picture; fails when none can be read."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return read(picture)


def read(picture: Any) -> str:
    """The text of the one code on a grey picture; fails when none can be read.

    OpenCV finds a small code on a large sheet at one size and misses it at another; a phone
    is simply moved closer.
    """
    framed = cv2.copyMakeBorder(picture, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    for factor in (1.0, 2.0, 1.5, 3.0, 0.75, 0.5, 1.25, 2.5):
        nearer = cv2.resize(framed, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        for reader in (cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco()):
            text, _, _ = reader.detectAndDecode(nearer)
            if text:
                return str(text)
    raise AssertionError("no QR code can be read")

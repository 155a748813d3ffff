"""Reads a QR code off a picture, as a phone would."""

import cv2
import numpy as np


def read_qr(png: bytes) -> str:
    """The text of the one code on a PNG picture; fails when none can be read."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert text, "no QR code can be read"
    return str(text)

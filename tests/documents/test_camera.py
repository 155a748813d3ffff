"""The fake camera shows what it says."""

import cv2
import numpy as np

from tests.support.camera import make_y4m


def test_the_video_shows_the_code_in_every_frame(tmp_path):
    path = make_y4m(tmp_path / "code.y4m", "https://example.org/c/ABC", seconds=0.5, fps=10)
    head, _, rest = path.read_bytes().partition(b"\n")
    assert head == b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg"
    frame_size = len(b"FRAME\n") + 640 * 480 * 3 // 2
    assert len(rest) == 5 * frame_size
    for start in range(0, len(rest), frame_size):
        grey = np.frombuffer(rest, np.uint8, 640 * 480, start + 6).reshape(480, 640)
        assert cv2.QRCodeDetector().detectAndDecode(grey)[0] == "https://example.org/c/ABC"

"""QR codes that cameras can read."""

import re
import xml.etree.ElementTree as ET

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.documents import qr
from tests.support.eyes import read, read_qr

ADDRESS = "https://peixun.example.gov.cn/c/AbCdEf0123456789"
TEXTS = st.text(alphabet=st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1)


def pixels_of_svg(svg: str, scale: int = 8) -> np.ndarray:
    """Draws the runs that the path names; knows no more SVG than that."""
    side = int(ET.fromstring(svg).attrib["viewBox"].split()[2])
    grid = np.full((side, side), 255, np.uint8)
    path = re.findall(r'd="([^"]+)"', svg)[-1]
    x = y = 0
    for step, a, b in re.findall(r"([Mmh])(-?[\d.]+)(?: ([\d.]+))?", path):
        if step == "M":
            x, y = int(a), int(float(b))
        elif step == "m":
            x += int(a)
        else:
            grid[y, x : x + int(a)] = 0
            x += int(a)
    return np.kron(grid, np.ones((scale, scale), np.uint8))


def test_a_camera_reads_the_svg():
    assert read(pixels_of_svg(qr.svg(ADDRESS))) == ADDRESS


def test_a_camera_reads_the_png():
    assert read_qr(qr.png(ADDRESS)) == ADDRESS


@settings(max_examples=25, deadline=None)
@given(text=TEXTS)
def test_svg_and_png_draw_the_same_modules(text):
    png = cv2.imdecode(np.frombuffer(qr.png(text), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(pixels_of_svg(qr.svg(text)), png)


def test_the_border_is_white_and_as_wide_as_asked():
    image = pixels_of_svg(qr.svg(ADDRESS, border=4), scale=1)
    assert image[:4].min() == 255
    assert image[:, :4].min() == 255
    assert image[4].min() == 0
    assert image.shape[0] == 17 + 4 * qr.version_of(ADDRESS) + 8


def test_the_svg_is_small_scales_and_loads_nothing():
    svg = qr.svg(ADDRESS)
    root = ET.fromstring(svg)
    assert len(svg) < 4_000
    assert "width" not in root.attrib
    assert "href" not in svg
    assert root.attrib["shape-rendering"] == "crispEdges"


def test_an_address_of_134_bytes_is_the_most_that_version_6_holds():
    assert qr.version_of("a" * 106) == 6
    assert qr.version_of("a" * 134) == 6
    assert qr.version_of("a" * 135) == 7


def test_a_longer_address_gives_up_correction_rather_than_size():
    assert read_qr(qr.png("https://a.example.cn/" + "b" * 113)) == (
        "https://a.example.cn/" + "b" * 113
    )


@settings(max_examples=25, deadline=None)
@given(number=st.integers(0, 10**18 - 1))
def test_a_hurried_code_reads_like_any_other(number):
    address = f"https://peixun.example.gov.cn/verify/PX{number:018d}"
    svg = qr.svg(address, hurried=True)
    assert len(svg) < 6_000
    assert read(pixels_of_svg(svg)) == address

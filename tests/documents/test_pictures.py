"""Pictures that people send: what comes out is made of pixels alone; what is none is refused."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from portal.documents.pictures import NotAPicture, as_photo, as_seal
from tests.support.papers import photo, seal


def opened(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


def with_location() -> bytes:
    """A photo as a phone takes it: lying on its side, with the place where it was taken."""
    picture = Image.new("RGB", (300, 200), "white")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010F] = "SecretPhoneMaker"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (42.0, 57.0, 3.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif, comment=b"secret comment")
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_comes_out_as_a_small_jpeg(kind: str) -> None:
    made = opened(as_photo(photo(kind, (2400, 1200)), longest=1600))
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (1600, 800))


def test_a_small_photo_is_not_blown_up() -> None:
    assert opened(as_photo(photo(size=(300, 200)), longest=1600)).size == (300, 200)


def test_location_and_comments_are_gone_and_the_photo_stands_upright() -> None:
    raw = with_location()
    assert b"SecretPhoneMaker" in raw
    made = as_photo(raw, longest=1600)
    assert dict(opened(made).getexif()) == {}
    assert b"Secret" not in made
    assert b"secret" not in made
    assert opened(made).size == (200, 300)


def test_a_clear_ground_becomes_white() -> None:
    made = opened(as_photo(seal(), longest=1600))
    assert made.getpixel((150, 150)) == (255, 255, 255)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x" * 1000,
        b"GIF89a" + bytes(100),
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        photo()[:400],
        photo("PNG")[:60],
        bomb(60_000, 60_000),
        bomb(3_000, 3_000),
    ],
    ids=str,
)
def test_what_is_no_picture_or_a_bomb_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAPicture):
        as_photo(raw, longest=1600)
    with pytest.raises(NotAPicture):
        as_seal(raw, side=480, most_bytes=60_000)


def test_a_plain_picture_that_fills_the_memory_is_refused_but_not_a_large_photo() -> None:
    plain = Image.new("L", (6_000, 5_000))
    as_png, as_jpeg = io.BytesIO(), io.BytesIO()
    plain.save(as_png, "PNG")
    plain.save(as_jpeg, "JPEG")
    with pytest.raises(NotAPicture):
        as_photo(as_png.getvalue(), longest=800)
    assert opened(as_photo(as_jpeg.getvalue(), longest=800)).size == (800, 667)


def test_a_gif_is_refused_although_it_is_a_picture() -> None:
    with pytest.raises(NotAPicture):
        as_photo(photo("GIF"), longest=1600)


@given(st.binary(max_size=300), st.integers(0, 800))
def test_no_damaged_file_does_more_than_be_refused(noise: bytes, at: int) -> None:
    for raw in (photo(), photo("PNG"), seal()):
        damaged = raw[:at] + noise + raw[at + len(noise) :]
        for act in (
            lambda given: as_photo(given, longest=400),
            lambda given: as_seal(given, side=200, most_bytes=60_000),
        ):
            try:
                act(damaged)
            except NotAPicture:
                continue


def test_a_seal_keeps_its_clear_ground_and_becomes_small() -> None:
    made = as_seal(seal((1200, 1200)), side=480, most_bytes=60_000)
    picture = opened(made)
    assert (picture.format, picture.size) == ("PNG", (480, 480))
    alpha = picture.convert("RGBA").getchannel("A")
    assert (alpha.getpixel((240, 240)), alpha.getextrema()[1]) == (0, 255)
    assert len(made) < 60_000


def test_a_noisy_seal_is_made_small_or_refused() -> None:
    noise = Image.effect_noise((900, 900), 90).convert("RGBA")
    noise.putalpha(Image.linear_gradient("L").resize((900, 900)))
    buffer = io.BytesIO()
    noise.save(buffer, "PNG")
    made = as_seal(buffer.getvalue(), side=480, most_bytes=250_000)
    assert len(made) <= 250_000
    with pytest.raises(NotAPicture):
        as_seal(buffer.getvalue(), side=480, most_bytes=10_000)


@pytest.mark.parametrize(
    "raw",
    [
        photo("PNG", (300, 300)),  # no clear ground
        seal((300, 100)),  # far from square
        photo("JPEG", (300, 300)),  # cannot be clear
        seal((30, 30)),  # too small to print
    ],
)
def test_what_is_no_seal_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAPicture):
        as_seal(raw, side=480, most_bytes=60_000)


def test_an_all_clear_picture_is_no_seal() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(buffer, "PNG")
    with pytest.raises(NotAPicture):
        as_seal(buffer.getvalue(), side=480, most_bytes=60_000)

"""Ten thousand generated files: none is accepted, none makes anything fail, each is named."""

import random
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from portal.services.file_verdict import OUTCOMES
from portal.services.trust import Trust
from tests.verification.world import FORMS, World

BATCHES, CASES = 20, 500
MAGIC = (b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", b'{"format": "training-certificate/1"', b"eyJ", b"")


@cache
def basis() -> tuple[Trust, dict[str, bytes], World]:
    """Genuine files of every form, one revoked, and whom their verifier trusts."""
    world = World(revoked={99})
    files = {form: world.file(form) for form in FORMS}
    other = world.credential(title="起重司索", number="PX650400202600000190")
    files |= {f"other {form}": world.file(form, other) for form in ("png", "pdf")}
    gone = world.credential(status_index=99)
    files |= {"token": world.credential().encode(), "revoked": world.json(gone)}
    files |= {"list": world.status_list().encode()}
    return world.trust(), files, world


def flipped(dice: random.Random, files: dict[str, bytes]) -> bytes:
    content = bytearray(dice.choice(list(files.values())))
    for _ in range(dice.choice((1, 1, 2, 8, 100))):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    return bytes(content)


def truncated(dice: random.Random, files: dict[str, bytes]) -> bytes:
    content = dice.choice(list(files.values()))
    start = dice.choice((0, 0, dice.randrange(len(content))))
    return content[start : dice.randrange(start, len(content))]


def spliced(dice: random.Random, files: dict[str, bytes]) -> bytes:
    one, other = dice.choices(list(files.values()), k=2)
    return one[: dice.randrange(len(one))] + other[dice.randrange(len(other)) :]


def inserted(dice: random.Random, files: dict[str, bytes]) -> bytes:
    one, other = dice.choices(list(files.values()), k=2)
    at, start = dice.randrange(len(one)), dice.randrange(len(other))
    return one[:at] + other[start : start + dice.randrange(1, 4000)] + one[at:]


def removed(dice: random.Random, files: dict[str, bytes]) -> bytes:
    content = dice.choice(list(files.values()))
    at = dice.randrange(len(content))
    return content[:at] + content[at + dice.randrange(1, 2000) :]


def respelled(dice: random.Random, files: dict[str, bytes]) -> bytes:
    """The texts changed as somebody with an editor would."""
    pairs = [
        (b"0", b"1"),
        (b"EdDSA", b"none"),
        (b'"', b"'"),
        (b".", b".."),
        (b"IDAT", b"tEXt"),
        (b"openbadgecredential", b"openbadges"),
        (b"portal-seal", b"portal-fake"),
        (b"endstream", b"stream\n"),
        (b"\n", b"\r\n"),
        (b"e", b"\xc3\xa9"),
        (b"{", b"{{"),
        (b"/Length", b"/Lengtg"),
    ]
    content = dice.choice(list(files.values()))
    old, new = dice.choice(pairs)
    return content.replace(old, new, dice.choice((1, 2, -1)))


def noise(dice: random.Random, files: dict[str, bytes]) -> bytes:
    return dice.choice(MAGIC) + dice.randbytes(dice.randrange(3000))


def chunks(dice: random.Random, files: dict[str, bytes]) -> bytes:
    """A PNG of well-formed chunks that make no sense."""
    made = MAGIC[0]
    for _ in range(dice.randrange(1, 8)):
        kind = dice.choice((b"iTXt", b"tEXt", b"IHDR", b"IDAT", b"zTXt", b"IEND"))
        head = dice.choice((b"openbadgecredential\0", b"portal-seal\0", b""))
        flags = dice.choice((b"\0\0\0\0", b"\1\0\0\0", b"\2\1"))
        text = dice.choice((files["token"], zlib.compress(bytes(300_000)), dice.randbytes(40)))
        data = (head + flags + text)[: dice.choice((100_000, 12))]
        made += len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4)
    return made


def streams(dice: random.Random, files: dict[str, bytes]) -> bytes:
    """A PDF of streams that are packed, torn, huge or a token."""
    made = MAGIC[1]
    for _ in range(dice.randrange(1, 30)):
        plain = dice.choice((files["token"], b"ey" + bytes(200_000), dice.randbytes(60), b"a.b.c"))
        body = dice.choice((plain, zlib.compress(plain), zlib.compress(plain)[:-9]))
        made += b"1 0 obj<</Length 9>>stream\n" + body + dice.choice((b"\nendstream\n", b""))
    return made


MAKERS: tuple[Callable[[random.Random, dict[str, bytes]], bytes], ...] = (
    *(flipped, truncated, spliced, inserted, removed),
    *(respelled, noise, chunks, streams, flipped),
)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_generated_file_is_accepted_and_none_breaks_anything(batch: int) -> None:
    trusted, files, world = basis()
    genuine = set(files.values())
    dice = random.Random(batch)
    found: Counter[str] = Counter()
    for case in range(CASES):
        content = MAKERS[case % len(MAKERS)](dice, files)
        verdict = world.judge(content, trusted)
        assert verdict.outcome in OUTCOMES
        assert verdict.sentence
        # A change may hit nothing: cut off at the very end, or a text that does not occur.
        if content not in genuine:
            assert not verdict.accepted, (batch, case)
            found[verdict.outcome] += 1
    assert found.total() > CASES * 0.8
    assert len(found) >= 4, found


def test_the_basis_is_what_it_seems() -> None:
    trusted, files, world = basis()
    found = {name: world.outcome(content, trusted) for name, content in files.items()}
    assert found.pop("revoked") == "revoked"
    assert found.pop("list") == "wrong_kind"
    assert set(found.values()) == {"valid"}

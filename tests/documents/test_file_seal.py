"""Seals of files: the file as it was drawn, and no other, whichever bit is turned."""

import io
from datetime import UTC, datetime

import pytest
import typst
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader

from portal.documents import file_seal, signature

KEY = signature.load_key(signature.generate_key())
OTHER = signature.load_key(signature.generate_key())
JWKS = [signature.jwk(signature.public_x(KEY), "k" * 43)]
CREDENTIAL = "head.body.tail"


def sign(payload: dict[str, object]) -> str:
    return signature.sign_compact(payload, KEY, "k" * 43, typ=file_seal.TYP)


def picture() -> bytes:
    out, info = io.BytesIO(), PngInfo()
    info.add_itxt("openbadgecredential", CREDENTIAL)
    Image.new("RGB", (30, 20), "teal").save(out, "PNG", pnginfo=info)
    return out.getvalue()


def paper() -> bytes:
    source = f'#set document(keywords: ("{file_seal.PLACEHOLDER}",))\n#rect()'
    made = typst.compile(
        source.encode(),
        format="pdf",
        pdf_standards=["a-3b"],
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert isinstance(made, bytes)
    return made


FORMS = {
    "png": (picture, file_seal.seal_png, file_seal.check_png),
    "pdf": (paper, file_seal.seal_pdf, file_seal.check_pdf),
}


def sealed(form: str) -> bytes:
    make, seal, _ = FORMS[form]
    return seal(make(), sign, credential=CREDENTIAL)


def state(form: str, content: bytes, *, credential: str | None = CREDENTIAL) -> str:
    return FORMS[form][2](content, JWKS, credential=credential).state


@pytest.mark.parametrize("form", FORMS)
def test_a_sealed_file_is_good_and_names_its_key(form: str) -> None:
    check = FORMS[form][2](sealed(form), JWKS, credential=CREDENTIAL)
    assert (check.state, check.kid) == (file_seal.GOOD, "k" * 43)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_file_gets_the_same_seal(form: str) -> None:
    assert sealed(form) == sealed(form)


@pytest.mark.parametrize("form", FORMS)
def test_no_bit_can_be_turned(form: str) -> None:
    whole = sealed(form)
    good = []
    for at in range(len(whole)):
        forged = bytearray(whole)
        forged[at] ^= 1 << at % 8
        if state(form, bytes(forged)) == file_seal.GOOD:
            good.append(at)
    assert not good


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("extra", [b"\n", b"\x00", b"%%EOF\n", b"portal-seal:"])
def test_nothing_can_be_added(form: str, extra: bytes) -> None:
    whole = sealed(form)
    assert state(form, whole + extra) == file_seal.BROKEN
    assert state(form, extra + whole) == file_seal.BROKEN


@pytest.mark.parametrize("form", FORMS)
def test_an_unsealed_file_has_no_seal(form: str) -> None:
    bare = FORMS[form][0]().replace(file_seal.PLACEHOLDER.encode(), b"PX")
    assert state(form, bare) == file_seal.ABSENT


def test_a_pdf_whose_place_was_never_filled_is_not_sealed() -> None:
    assert state("pdf", paper()) == file_seal.BROKEN


def test_one_of_two_places_emptied_again_breaks_the_seal() -> None:
    whole, place = sealed("pdf"), file_seal.PLACEHOLDER.encode()
    at = whole.index(b"portal-seal:")
    assert state("pdf", whole[:at] + place + whole[at + len(place) :]) == file_seal.BROKEN


def test_a_seal_moved_to_another_place_of_a_picture_breaks() -> None:
    whole, bare = sealed("png"), picture()
    chunk = whole[len(bare) - 12 : -12]
    assert whole == bare[:-12] + chunk + bare[-12:]
    assert state("png", bare[:33] + chunk + bare[33:]) == file_seal.BROKEN
    assert state("png", bare[:-12] + chunk + chunk + bare[-12:]) == file_seal.BROKEN


@pytest.mark.parametrize("form", FORMS)
def test_a_seal_of_another_file_or_another_credential_is_broken(form: str) -> None:
    assert state(form, sealed(form), credential="another.one.x") == file_seal.BROKEN
    other = "pdf" if form == "png" else "png"
    token = sign({"form": other, "digest": "0" * 64})
    forged = FORMS[form][1](FORMS[form][0](), lambda _: token)
    assert state(form, forged) == file_seal.BROKEN


@pytest.mark.parametrize("form", FORMS)
def test_a_credential_is_no_seal(form: str) -> None:
    def as_credential(payload: dict[str, object]) -> str:
        return signature.sign_compact(payload, KEY, "k" * 43)

    assert state(form, FORMS[form][1](FORMS[form][0](), as_credential)) == file_seal.BROKEN


@pytest.mark.parametrize("form", FORMS)
def test_a_seal_by_a_key_that_nobody_published_says_so(form: str) -> None:
    def by_stranger(payload: dict[str, object]) -> str:
        return signature.sign_compact(payload, OTHER, "stranger", typ=file_seal.TYP)

    content = FORMS[form][1](FORMS[form][0](), by_stranger)
    check = FORMS[form][2](content, JWKS)
    assert (check.state, check.kid) == (file_seal.UNKNOWN, "stranger")


def test_what_cannot_be_sealed_is_refused() -> None:
    with pytest.raises(ValueError, match="room"):
        file_seal.seal_pdf(b"%PDF-1.7", sign)
    for bad in (b"", picture()[:-1], sealed("png")):
        with pytest.raises(ValueError, match="PNG"):
            file_seal.seal_png(bad, sign)


def test_sealed_files_open_as_before() -> None:
    with Image.open(io.BytesIO(sealed("png"))) as image:
        image.load()
        assert image.text["portal-seal"].count(".") == 2  # type: ignore[attr-defined]
    reader = PdfReader(io.BytesIO(sealed("pdf")))
    assert len(reader.pages) == 1
    assert str(reader.metadata["/Keywords"]).startswith("portal-seal:ey")  # type: ignore[index]

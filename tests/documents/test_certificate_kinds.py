"""One look for every kind of certificate, with the words of each."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from portal.documents import certificate, file_seal, page_picture, qr, typesetter
from portal.documents.certificate import CertificateDocument
from tests.documents.test_certificate import DOC, UYGHUR, grey, reader, squeezed, text_of
from tests.support import eyes

KINDS = {
    "TRAINING": DOC,
    "LEVEL": replace(
        DOC,
        kind="LEVEL",
        number="S000065000001265000123",
        programme_name="电工",
        edition="2022年版",
        hours_credited=None,
        hours_planned=None,
        starts_on=None,
        ends_on=None,
        institution_name="新疆某职业技能评价有限公司",
    ),
    "QUAL": replace(
        DOC, kind="QUAL", number="2665040000300123", hours_credited=None, hours_planned=None
    ),
    "SPECIAL": replace(
        DOC,
        kind="SPECIAL",
        number="ZX650400202600000173",
        programme_name="葡萄晾制",
        occupation_name=None,
        level_name=None,
    ),
    "SAFETY_POST": replace(
        DOC,
        kind="SAFETY_POST",
        number="AQ650400202600000173",
        programme_name="危险化学品企业新上岗人员",
        level_name=None,
        expires_on=date(2029, 12, 27),
    ),
    "AWARD": replace(
        DOC,
        kind="AWARD",
        number="JL650400202600000173",
        programme_name="吐鲁番市第三届职业技能大赛",
        exam_result="一等奖",
        remark="电工赛项，职工组",
        level_name=None,
        hours_credited=None,
        hours_planned=None,
        institution_uscc="",
        institution_name="吐鲁番市人力资源和社会保障局",
    ),
    "MILITARY": replace(
        DOC,
        kind="MILITARY",
        number="JD650400202600000173",
        programme_name="军事专业衔接",
        remark="野战供电",
        edition="2022年版",
        exam_result=None,
        hours_credited=None,
        hours_planned=None,
        starts_on=None,
        ends_on=None,
        institution_uscc="",
        institution_name="吐鲁番市人力资源和社会保障局",
    ),
}
SAYS = {
    "TRAINING": "计划160课时，实际完成152课时",
    "LEVEL": "登记，原证书编号S000065000001265000123",
    "QUAL": "登记，原证书编号2665040000300123",
    "SPECIAL": "“葡萄晾制”专项职业能力成绩合格",
    "SAFETY_POST": "有效期至2029年12月27日",
    "AWARD": "荣获一等奖",
    "MILITARY": "军事专业“野战供电”，经吐鲁番市人力资源和社会保障局认定，与职业“电工”",
}
NAMES = ["𬭚䶮㛃", UYGHUR, "ئابدۇراخمان", "ᠪᠠᠲᠤ", "Zażółć Müller-O'Neill", "阿不都热依木·买买提"]


def photo() -> bytes:
    """A face with as many colours as a real one: the hardest for size."""
    noise = np.random.default_rng(7).integers(0, 60, (504, 360, 3))
    slope = np.linspace(60, 190, 504)[:, None, None]
    out = BytesIO()
    Image.fromarray((noise + slope).clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=82)
    return out.getvalue()


def seal_image() -> bytes:
    image = Image.new("RGBA", (400, 400))
    ImageDraw.Draw(image).ellipse((10, 10, 390, 390), outline=(200, 20, 20, 230), width=14)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_what_it_is(kind):
    doc = KINDS[kind]
    pdf = certificate.render_pdf(doc)
    text = text_of(pdf)
    for shown in (doc.title, SAYS[kind], doc.number, doc.holder_name, doc.institution_name):
        assert squeezed(shown) in text
    assert "None" not in text
    assert b"pdfaid" in pdf
    assert len(reader(pdf).pages) == 1


def test_what_others_issued_is_only_registered():
    for kind in ("LEVEL", "QUAL"):
        assert KINDS[kind].title.endswith("登记证明")
        text = text_of(certificate.render_pdf(KINDS[kind]))
        assert "以原证书和国家查询结果为准" in text
        assert "原证书编号" + KINDS[kind].number in text
        # The seal and the foot are of whoever registers, never of the assessment body.
        assert text.count(KINDS[kind].institution_name) == 1
        assert KINDS[kind].issuer_name in text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_every_name_comes_out_whole_in_every_kind(kind, name):
    files = certificate.render(replace(KINDS[kind], holder_name=name, photo=photo()))
    assert b"pdfaid" in files.pdf
    if name[0] in "𬭚阿Z":
        page = page_picture.pdfium.PdfDocument(files.pdf)[0]
        read = page.get_textpage().get_text_range()
        assert squeezed(name) in squeezed(read)
    for content in (files.pdf, files.png):
        assert len(content) < 300_000


def test_a_correction_and_a_second_printing_are_said_and_else_nothing():
    assert "重发" not in text_of(certificate.render_pdf(DOC))
    assert "印制" not in text_of(certificate.render_pdf(DOC))
    text = text_of(certificate.render_pdf(replace(DOC, version=2, printing=3)))
    assert "更正后重发（第2版）" in text
    assert "第3次印制" in text


def test_photo_and_seal_image_stand_in_their_places_and_the_files_stay_small():
    doc = replace(DOC, photo=photo(), seal_image=seal_image())
    files = certificate.render(doc, credential="a" * 900 + "." + "b" * 2_000 + "." + "c" * 86)
    assert len(files.pdf) < 300_000
    assert len(files.png) < 300_000
    with Image.open(BytesIO(files.png)) as opened:
        picture = np.asarray(opened.convert("RGB"), dtype=int)
    mm = picture.shape[1] / 297
    face = picture[round(80 * mm) : round(95 * mm), round(242 * mm) : round(258 * mm)]
    assert abs(face.mean() - 155) < 20
    ring = picture[round(169 * mm), round(222 * mm) : round(228 * mm)]
    assert any(red > 150 and blue < 90 for red, _, blue in ring)
    assert "电子印章" not in text_of(files.pdf)
    assert "电子印章" in text_of(certificate.render_pdf(DOC))


def test_without_a_photo_no_place_for_one_is_left():
    with_photo, without = (
        grey(certificate.render_png(one)) for one in (replace(DOC, photo=photo()), DOC)
    )
    height, width = without.shape
    place = (slice(height * 72 // 210, height * 82 // 210), slice(width * 238 // 297, -1))
    assert (with_photo[place] != without[place]).any()


def test_long_words_beside_a_photo_stay_inside_the_frame():
    short = replace(DOC, photo=photo())
    long = replace(
        short,
        holder_name=UYGHUR * 2,
        programme_name="新生代农民工职业技能提升计划之智能楼宇管理研修班" * 4,
        version=12,
        printing=12,
    )
    ours, usual = (grey(certificate.render_png(one)).astype(int) for one in (long, short))
    mm = ours.shape[1] / 297
    foot = slice(round(191 * mm), None)
    beside = (slice(round(106 * mm), round(124 * mm)), slice(round(233 * mm), round(263 * mm)))
    for place in (foot, beside):
        assert (abs(ours[place] - usual[place]) < 40).all()
    assert len(reader(certificate.render_pdf(long)).pages) == 1


def test_the_same_inputs_give_the_same_bytes():
    doc = replace(DOC, photo=photo(), seal_image=seal_image(), version=2)
    assert certificate.render(doc, credential="x") == certificate.render(doc, credential="x")


def test_the_picture_shows_what_the_pdf_shows():
    """Frame, letters and seal: the whole page drawn at once looks the same."""
    files = certificate.render(DOC)
    width, height = page_picture.WIDTH, page_picture._HEIGHT
    pixels = bytearray(b"\xff" * (width * height * 4))
    with page_picture._page(files.pdf) as page:
        page_picture._paint(page, pixels, (0, 0, width, height))
    whole = np.asarray(page_picture._image(pixels, (width, height)).convert("L"), dtype=int)
    with Image.open(BytesIO(files.png)) as opened:
        ours = np.asarray(opened.convert("RGB").convert("L"), dtype=int)
    apart = abs(ours - whole)
    assert apart.mean() < 0.5
    assert apart.max() < 40


def test_the_seal_of_the_file_finds_its_place():
    files = certificate.render(DOC)
    sealed = file_seal.seal_pdf(files.pdf, lambda payload: "a.b.c")
    assert len(sealed) == len(files.pdf)
    assert file_seal.PLACEHOLDER.encode() not in sealed
    assert text_of(sealed) == text_of(files.pdf)
    assert file_seal.seal_png(files.png, lambda payload: "a.b.c") != files.png


@pytest.mark.parametrize("length", [30, 76, 77, 104])
def test_the_code_stays_readable_with_the_longest_address(length):
    base = "https://" + "a" * (length - 8)
    doc = replace(KINDS["LEVEL"], verify_url=f"{base}/verify/{KINDS['LEVEL'].number}")
    assert qr.version_of(doc.verify_url) <= 6
    picture = grey(certificate.render_png(doc))
    height, width = picture.shape
    corner = picture[height // 2 :, : width // 3]
    assert eyes.read(corner) == doc.verify_url


def test_the_palette_has_the_inks_of_the_templates():
    look = (typesetter.TEMPLATES / "look.typ").read_text("utf-8")
    named = dict(re.findall(r"#let ([a-z-]+) = rgb\(\"(#\w{6})\"\)", look))
    grounds = {named.pop("paper"), named.pop("wash")}
    assert grounds == {page_picture.PAPER, page_picture.WASH}
    assert set(named.values()) <= set(page_picture.INKS)


def test_every_field_of_the_document_changes_the_paper():
    changed = {
        "remark": replace(KINDS["AWARD"], remark="其他"),
        "edition": replace(KINDS["LEVEL"], edition="2015年版"),
        "expires_on": replace(KINDS["SAFETY_POST"], expires_on=date(2030, 1, 1)),
    }
    for name, doc in changed.items():
        before: CertificateDocument = KINDS[doc.kind]
        assert text_of(certificate.render_pdf(doc)) != text_of(certificate.render_pdf(before)), name


def test_what_stands_on_every_page_is_never_another_issuers():
    """Grounds are kept between certificates: each kind, issuer and seal has its own."""
    docs = [
        DOC,
        replace(DOC, institution_name="鄯善县技工学校", issuer_name="鄯善县技工学校"),
        replace(DOC, seal_image=seal_image()),
        KINDS["AWARD"],
        DOC,
    ]
    drawn = [certificate.render_png(doc) for doc in docs]
    assert drawn[0] == drawn[4]
    assert len(set(drawn)) == 4
    page_picture._standing.cache_clear()
    assert [certificate.render_png(doc) for doc in docs] == drawn


def test_a_name_that_no_font_draws_changes_nothing_else_in_the_picture():
    usual, odd = (
        grey(certificate.render_png(replace(DOC, holder_name=name)))
        for name in ("王强", "王\N{PILE OF POO}")
    )
    mm = usual.shape[1] / 297
    below = slice(round(130 * mm), None)
    assert (abs(usual[below].astype(int) - odd[below]) < 40).all()

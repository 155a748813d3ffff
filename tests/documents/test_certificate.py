"""Certificates as a person gets them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from io import BytesIO

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from portal.documents import certificate, embedding, qr, signature
from tests.support import eyes

DOC = certificate.CertificateDocument(
    number="PX650400202600000173",
    holder_name="王强",
    id_no_masked="**************0028",
    programme_name="电工（五级）技能提升班",
    occupation_name="电工",
    level_name="五级/初级工",
    hours_credited=152,
    hours_planned=160,
    starts_on=date(2026, 12, 1),
    ends_on=date(2026, 12, 26),
    issued_on=date(2026, 12, 28),
    institution_name="吐鲁番市职业技术学院",
    institution_uscc="12652100457890123X",
    exam_result="合格",
    verify_url="https://peixun.example.gov.cn/verify/PX650400202600000173",
    issuer_name="吐鲁番市职业技能培训服务平台",
)
UYGHUR = "阿卜杜热合曼·麦麦提艾力·吾斯曼江·买买提明·阿不都克热木江"
HOSTILE = [
    '#strong[*X*] $a^2$ "q"',
    "\\ #{panic()} [",
    "`raw` @ref <lab> // no /* c */",
    '#read("/certificate.typ")',
    "= H #let x = 1; ~ -- ... 'a'",
    "{page} {0} %s",
]


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """The words on the page without the spaces that the layout puts between them."""
    return "".join(reader(pdf).pages[0].extract_text().split())


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_the_mandatory_fields_are_on_the_page():
    text = text_of(certificate.render_pdf(DOC))
    for shown in (
        DOC.title,
        DOC.number,
        DOC.holder_name,
        DOC.id_no_masked,
        DOC.programme_name,
        "2026年12月1日至2026年12月26日",
        "发证日期2026年12月28日",
        DOC.institution_name,
        DOC.institution_uscc,
        "计划160课时，实际完成152课时",
        "五级/初级工",
        "电子印章",
        DOC.issuer_name,
    ):
        assert squeezed(shown) in text


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_a_name_is_printed_and_not_obeyed(name):
    pdf = certificate.render_pdf(replace(DOC, holder_name=name, programme_name=name))
    assert text_of(pdf).count(squeezed(name)) >= 2


@settings(max_examples=20, deadline=None)
@given(name=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_name_gives_a_certificate_of_one_page(name):
    doc = replace(DOC, holder_name=name, institution_name=name, programme_name=name)
    assert len(reader(certificate.render_pdf(doc)).pages) == 1


@pytest.mark.parametrize("name", ["𬭚䶮㛃", UYGHUR, "ئابدۇراخمان", "ᠪᠠᠲᠤ"])
def test_rare_and_long_names_come_out_whole_in_an_archival_file(name):
    pdf = certificate.render_pdf(replace(DOC, holder_name=name))
    assert b"pdfaid" in pdf
    if name.isascii() or name[0] in "𬭚阿":
        assert name in text_of(pdf)


def test_a_name_that_no_font_can_draw_still_gets_its_certificate():
    pdf = certificate.render_pdf(replace(DOC, holder_name="王\N{PILE OF POO}"))
    assert b"pdfaid" not in pdf
    assert DOC.number in text_of(pdf)


def test_very_long_texts_stay_inside_the_frame():
    long = replace(
        DOC,
        holder_name=UYGHUR * 2,
        programme_name="新生代农民工职业技能提升计划之智能楼宇管理研修班" * 4,
        institution_name="内蒙古自治区呼和浩特市新城区职业技能提升示范培训中心有限责任公司" * 2,
        occupation_name="建筑信息模型技术员与智能楼宇管理员" * 3,
        issuer_name="内蒙古自治区职业技能培训服务平台" * 3,
        number="PX" * 30,
    )
    ours, plain = (grey(certificate.render_png(doc)) for doc in (long, DOC))
    for name, (top, bottom, left, right) in EMPTY.items():
        height, width = plain.shape
        rows = slice(round(height * top / 210), round(height * bottom / 210))
        columns = slice(round(width * left / 297), round(width * right / 297))
        apart = np.abs(ours[rows, columns].astype(int) - plain[rows, columns]).max()
        assert apart < 40, name


# Where nothing is ever written: top, bottom, left and right of each strip in millimetres.
EMPTY = {
    "outside the frame": (0, 20, 0, 297),
    "left margin": (0, 210, 0, 33),
    "right of the text": (20, 145, 264, 297),
    "foot": (191, 210, 0, 297),
    "between number and name": (65.5, 68.5, 34, 263),
    "between name and statement": (84.5, 87, 34, 263),
    "between statement and facts": (124.5, 127, 34, 263),
    "between facts and foot": (146, 148, 34, 263),
    "between hint and institution": (148, 190, 138.5, 142),
}


def grey(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)


def test_the_pdf_depends_on_the_document_only():
    assert certificate.render_pdf(DOC) == certificate.render_pdf(replace(DOC))


def test_the_png_is_sharp_small_and_its_code_leads_to_the_check():
    png = certificate.render_png(DOC)
    with Image.open(BytesIO(png)) as image:
        assert image.width >= 1440
    assert len(png) < 300_000
    picture = grey(png)
    height, width = picture.shape
    corner = picture[height // 2 :, : width // 3]
    assert eyes.read(corner) == DOC.verify_url
    assert qr.version_of(DOC.verify_url) <= 6


def test_the_credential_travels_in_both_files():
    token = signature.sign_compact({"n": 1}, signature.load_key(signature.generate_key()), "k")
    pdf = certificate.render_pdf(DOC, credential=token)
    assert reader(pdf).attachments["credential.jwt"] == [token.encode()]
    assert embedding.extract_from_pdf(pdf) == token
    assert embedding.extract_from_png(certificate.render_png(DOC, credential=token)) == token


def test_files_without_credential_give_none():
    assert embedding.extract_from_png(certificate.render_png(DOC)) is None
    assert embedding.extract_from_pdf(certificate.render_pdf(DOC)) is None


@given(content=st.binary(max_size=200))
def test_no_bytes_break_the_extraction(content):
    for head in (b"", b"%PDF-1.7\nstream\n", b"\x89PNG\r\n\x1a\n"):
        assert embedding.extract_from_png(head + content) is None
        embedding.extract_from_pdf(head + content)


def test_threads_get_each_their_own_certificate():
    docs = [replace(DOC, holder_name=f"学员{i}", number=f"PX{i:018d}") for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(text_of, pool.map(certificate.render_pdf, docs)))
    for doc, text in zip(docs, texts, strict=True):
        assert doc.holder_name in text
        assert doc.number in text

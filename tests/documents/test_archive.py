"""The archive as a person prints it."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

from pypdf import PdfReader

from portal.documents import archive, qr
from portal.documents.embedding import extract_from_pdf

LINE = archive.ArchiveLine(
    period="2025-09-01 至 2025-09-12",
    title="创办企业(SYB)培训 #strong[x]",
    institution="吐鲁番市职业技术学院",
    hours="80",
    result="合格",
    certificate_number="Y0001370202260419540048",
)


def document(lines: int) -> archive.ArchiveDocument:
    return archive.ArchiveDocument(
        holder_name="阿卜杜热合曼·麦麦提",
        id_no_masked="**************0028",
        generated_at=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
        entries=[LINE] * lines,
        totals=archive.ArchiveTotals(trainings=lines, hours=80 * lines, certificates=lines),
        verify_hint="在 https://peixun.example.gov.cn/verify 核验",
        serial="DA-20261122-0007",
    )


def pages(pdf: bytes) -> list[str]:
    return ["".join(p.extract_text().split()) for p in PdfReader(BytesIO(pdf)).pages]


def test_one_training_is_one_page_with_all_that_it_says():
    (page,) = pages(archive.render_pdf(document(1)))
    for shown in (
        "阿卜杜热合曼·麦麦提",
        "**************0028",
        "2026年11月22日08:30",
        "DA-20261122-0007",
        "#strong[x]",
        "吐鲁番市职业技术学院",
        LINE.certificate_number,
        "第1页，共1页",
    ):
        assert shown in page


def test_a_long_life_of_learning_goes_on_over_numbered_pages():
    found = pages(archive.render_pdf(document(90)))
    assert len(found) > 2
    for number, page in enumerate(found, 1):
        assert f"第{number}页，共{len(found)}页" in page
        assert "证书编号" in page
        assert "DA-20261122-0007" in page
    assert sum(page.count("创办企业") for page in found) == 90


def test_an_empty_archive_says_so():
    (page,) = pages(archive.render_pdf(document(0)))
    assert "还没有培训记录" in page


def test_the_same_archive_gives_the_same_bytes():
    assert archive.render_pdf(document(3)) == archive.render_pdf(document(3))


RECORD = archive.ArchiveRecord(
    day="2026-05-01",
    kind="补贴",
    title="职业培训补贴：电工(五级)",
    institution="吐鲁番市职业技术学院",
    result="已发放",
    number="1,200.00 元",
)


def signed(lines: int, **fields: object) -> archive.ArchiveDocument:
    values = {
        "records": [RECORD],
        "sums": [("按年度", "2026年 3 次 120 课时")],
        "verify_url": "https://peixun.example.gov.cn/verify/archive/CMRYP0S4HZ4H24B6",
        "issuer_name": "示例平台",
        "credential": "eyJ.eyJ.sig",
    }
    return replace(document(lines), **values | fields)


def test_records_sums_and_the_way_to_verify_are_printed():
    (page,) = pages(archive.render_pdf(signed(2)))
    for shown in (
        "证书、荣誉、补贴与就业",
        "职业培训补贴：电工(五级)",
        "1,200.00元",
        "按年度2026年3次120课时",
        "怎样核验本档案",
        "/verify/archive/CMRYP0S4HZ4H24B6",
        "数字签名：示例平台",
    ):
        assert shown in page


def test_the_code_on_the_paper_is_small_and_leads_to_the_page():
    made = signed(1)
    assert qr.version_of(made.verify_url) <= 6
    assert extract_from_pdf(archive.render_pdf(made)) == made.credential


def test_a_paper_that_proves_nothing_says_so_and_has_no_code():
    made = replace(document(1), notice="这份打印件不作为证明使用。")
    (page,) = pages(archive.render_pdf(made))
    assert "不作为证明使用" in page
    assert "怎样核验" not in page


def test_three_hundred_lines_are_set_in_order_and_every_page_is_numbered():
    lines = [replace(LINE, title=f"第{number}期培训") for number in range(280)]
    made = replace(signed(1), entries=lines, records=[RECORD] * 20)
    found = pages(archive.render_pdf(made, sign=lambda payload: "eyJ.eyJ.seal"))
    text = "".join(found)
    assert all(f"第{number}期培训" in text for number in range(280))
    assert text.count("1,200.00元") == 20
    assert all(f"第{n}页，共{len(found)}页" in page for n, page in enumerate(found, 1))

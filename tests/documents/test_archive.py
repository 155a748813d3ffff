"""The archive as a person prints it."""

from datetime import UTC, datetime
from io import BytesIO

from pypdf import PdfReader

from portal.documents import archive

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

"""The demo's catalogues as the files that an authority would send, and the shipped packs."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

from portal.demo import facts, seeds
from portal.documents.sheets import Column
from portal.locale import t
from portal.policies import reference
from portal.policies.loader import PACKS
from portal.services import publishing_institutions as institution_sheet
from portal.services import publishing_programmes as programme_sheet
from portal.services import publishing_standards as standard_sheet

# Before the first class of the demo's history.
_EFFECTIVE = "2025-01-01"
Files = list[tuple[str, bytes]]


def pack_files() -> Files:
    """The shipped policy packs."""
    return [(path.name, path.read_bytes()) for path in sorted(PACKS.glob("*.toml"))]


def catalogue_files() -> Files:
    """Workbooks for each region: its institutions, its programmes, its subsidy standards."""
    made: Files = []
    for number, region_code in enumerate(seeds.PEOPLE, 1):
        for kind, header, rows in (
            ("institution", institution_sheet.COLUMNS, _institutions(region_code)),
            ("programme", programme_sheet.COLUMNS, _programmes(region_code)),
        ):
            made.append(_file(kind, region_code, number, header, rows))
    return made + standard_files()


def standard_files() -> Files:
    """A workbook of subsidy standards for each region that has some; every amount an example."""
    return [
        _file("standard", region_code, number, standard_sheet.COLUMNS, rows)
        for number, region_code in enumerate(seeds.PEOPLE, 1)
        if (rows := list(_standards(region_code)))
    ]


def _file(
    kind: str,
    region_code: str,
    number: int,
    header: Sequence[Column],
    rows: Iterable[dict[str, object]],
) -> tuple[str, bytes]:
    region = reference.region_name(region_code)
    notes = (
        t(f"demo.file.{kind}_title", region=region),
        f"{t('publishing.note.region')}：{region_code}",
        f"{t('publishing.note.doc_no')}：{t('demo.file.doc_no', number=number)}",
        f"{t('publishing.note.effective_from')}：{_EFFECTIVE}",
    )
    names = [column.name for column in header]
    return t(f"demo.file.{kind}", region=region), _workbook(notes, names, rows)


def leave_models(folder: Path) -> None:
    """Leave the catalogues where a person can open them and take them as a model, once."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    for name, data in (*catalogue_files(), *facts.lists()):
        (folder / name).write_bytes(data)


def _institutions(region_code: str) -> Iterable[dict[str, object]]:
    sheet = institution_sheet
    for seed in seeds.institutions().values():
        if seed.catalogue == region_code:
            yield {
                sheet.USCC: seed.uscc,
                sheet.NAME: seed.name,
                sheet.KIND_OF: t(f"institutions.kind.{seed.kind}"),
                sheet.OWNERSHIP: t(f"institutions.{seed.ownership}"),
                sheet.LICENSE: t("demo.file.license", serial=seed.uscc[10:16]),
                sheet.REGION: seed.region_code,
                sheet.ADDRESS: seed.address,
                sheet.PHONE: seed.phone,
                sheet.SCOPE: seed.scope,
                sheet.DESCRIPTION: seed.description,
            }


def _programmes(region_code: str) -> Iterable[dict[str, object]]:
    sheet = programme_sheet
    for seed in seeds.programmes():
        if seed.catalogue == region_code:
            kind, topic = reference.training_type(seed.training_type), reference.topic(seed.topic)
            yield {
                sheet.CODE: seed.code,
                sheet.TITLE: seed.title,
                sheet.PACK: seed.pack,
                sheet.PLAN: seed.plan,
                sheet.TYPE: kind.name if kind else seed.training_type,
                sheet.OCCUPATION: seed.occupation,
                sheet.TOPIC: topic.name if topic else "",
                sheet.LEVEL: seed.level,
                sheet.HOURS: seed.hours,
                sheet.THEORY: seed.theory,
                sheet.PRACTICE: seed.hours - seed.theory,
                sheet.FEE: seed.fee,
                sheet.CERTIFICATE: t("certificate.kind.TRAINING"),
                sheet.DESCRIPTION: seed.description,
            }


def _standards(region_code: str) -> Iterable[dict[str, object]]:
    sheet = standard_sheet
    for seed in seeds.standards():
        if seed.catalogue == region_code:
            kind, topic = reference.training_type(seed.training_type), reference.topic(seed.topic)
            yield {
                sheet.TYPE: kind.name if kind else t("standards.any_type"),
                sheet.OCCUPATION: seed.occupation,
                sheet.TOPIC: topic.name if topic else "",
                sheet.LEVEL: seed.level,
                sheet.PAYMENT: t(f"standards.kind.{seed.kind}"),
                sheet.UNIT: t(f"standards.unit.{seed.unit}"),
                sheet.AMOUNT: seed.yuan,
                sheet.FUND: seed.fund,
                sheet.NOTE: t("demo.file.example"),
            }


def _workbook(
    notes: Sequence[str], header: Sequence[str], rows: Iterable[dict[str, object]]
) -> bytes:
    book = Workbook()
    page = book.worksheets[0]
    page.title = t("demo.file.sheet")
    for note in notes:
        page.append([note])
    page.append(list(header))
    for cell in page[page.max_row]:
        cell.font = Font(bold=True)
    for row in rows:
        page.append([row.get(name, "") for name in header])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()

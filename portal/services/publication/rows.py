"""Rows of a sheet as entries of a kind that has no table: each checked by the form's fields."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.documents.sheets import SheetProblem
from portal.policies.reference import NATIONAL, ancestors
from portal.services.publication import contents
from portal.services.publication.contents import Entry
from portal.services.publication.forms import Form
from portal.services.publishing_report import PublishProblem, of_sheet
from portal.services.publishing_sheets import CatalogueSheet, RowReader, narrowest_region


@dataclass(slots=True)
class FormRows:
    """The entries of one catalogue, the region it is for, and every fault found on the way."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[PublishProblem] = field(default_factory=list)
    region_code: str = ""


def read(form: Form, sheets: Iterable[CatalogueSheet]) -> FormRows:
    """Every row of the sheets of one catalogue, checked alone and against each other.

    A catalogue whose rows have no region of their own needs one above the header.
    """
    found = FormRows()
    seen: dict[str, tuple[str, int]] = {}
    first: CatalogueSheet | None = None
    for sheet in sheets:
        first = first or sheet
        found.region_code = found.region_code or sheet.notes.region_code or ""
        for line in sheet.table.rows:
            reader = RowReader(sheet.table, line)
            values = _values(form, reader, found.region_code)
            entry = contents.entry_of(form.kind, values)
            if not reader.problems:
                _once(form, reader, sheet, entry.code, seen)
            found.problems += [of_sheet(sheet.file, one) for one in reader.in_order()]
            found.entries.append(entry)
    if not found.region_code and not found.problems and first is not None:
        codes = [form.region_of(one.columns) or "" for one in found.entries]
        found.region_code = narrowest_region(codes) if all(codes) else ""
        if not found.region_code:
            found.problems.append(_no_region(first))
    return found


def _values(form: Form, reader: RowReader, region_code: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in form.fields:
        if one.read is not None:
            values[one.name] = one.read(reader, one.column.name)
    own = values.get(form.region) if form.region else None
    if own and region_code and region_code not in (NATIONAL, *ancestors(own)):
        label = form.field(form.region).column.name
        reader.fault(label, "outside_region", value=own, region=region_code)
    return values


def _once(
    form: Form,
    reader: RowReader,
    sheet: CatalogueSheet,
    code: str,
    seen: dict[str, tuple[str, int]],
) -> None:
    here = (sheet.table.sheet, reader.row.row_no)
    first = seen.setdefault(code, here)
    if first == here:
        return
    label = form.field(form.key[0]).column.name
    if first[0] == here[0]:
        reader.fault(label, "repeated", value=code.replace("|", " "), first=first[1])
    else:
        where = {"sheet": first[0], "first": first[1]}
        reader.fault(label, "repeated_elsewhere", value=code.replace("|", " "), **where)


def _no_region(sheet: CatalogueSheet) -> PublishProblem:
    name = sheet.table.sheet
    return of_sheet(sheet.file, SheetProblem(name, 0, "", "publishing.fault.no_region_note"))

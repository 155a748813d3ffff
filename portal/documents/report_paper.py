"""A frozen report as a PDF to be signed and filed; equal reports give equal bytes."""

from collections.abc import Sequence
from datetime import date

from portal.documents import typesetter
from portal.documents.report_tables import ShownTable, shown
from portal.locale import t

TEMPLATE = "report.typ"


def report_pdf(
    *, title: str, subtitle: str, facts: Sequence[tuple[str, str]], notes: Sequence[str],
    tables: Sequence[ShownTable], signed: Sequence[tuple[str, str]], hash_text: str, dated: date,
) -> bytes:  # fmt: skip
    """The paper: head, facts, tables, what belongs to the period, who signed, the hash last."""
    return typesetter.to_pdf(
        TEMPLATE,
        {
            "title": title,
            "subtitle": subtitle,
            "head": t("reports.paper.head"),
            "facts": [list(one) for one in facts],
            "notes": list(notes),
            "signed": [list(one) for one in signed],
            "hash": hash_text,
            "tables": [_table(one) for one in tables],
            "labels": {
                "rules": t("reports.paper.rules"),
                "page": t("reports.paper.page"),
                "nothing": t("reports.table.nothing"),
                "hash": t("reports.hash"),
            },
        },
        dated=dated,
    )


def _table(table: ShownTable) -> dict[str, object]:
    return {
        "title": table.title,
        "note": table.note,
        "sums": int(table.sums),
        "columns": [[column.name, column.kind] for column in table.columns],
        "rows": [
            [shown(value, column.kind) for value, column in zip(row, table.columns, strict=True)]
            for row in table.rows
        ],
    }

"""What an entry says, line by line, in words instead of the codes of its sheet."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.locale import t
from portal.services.public_catalogues import kinds, links
from portal.services.standards import amount_text


def shown_facts(
    session: Session, kind: str, columns: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Label and text of every field that has something to say, but for the name above them."""
    form = kinds.form_of(kind)
    name = form.title_of(columns)
    plan = links.clause_of(session, str(columns.get("pack")), str(columns.get("plan")))
    for field, (label, text) in zip(form.fields, form.shown(columns), strict=True):
        if not text or (field.name in form.title and text == name):
            continue
        if field.name == "pack" and plan:
            yield label, plan[0].document
        elif field.name == "plan" and plan:
            yield t("public_catalogues.of_plan_label"), plan[0].plan
        elif field.name == "fee_fen":
            fee = columns["fee_fen"]
            yield label, text if fee else t("public_catalogues.free")
        elif field.name == "amount_fen":
            yield label, amount_text(columns["amount_fen"], columns["unit"])
        else:
            yield label, text

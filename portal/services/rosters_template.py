"""The empty roster with its instructions, and the classes that its owner may name."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents import roster_template
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services.rosters_scope import own_choices
from portal.services.rosters_sheet import COLUMNS

# Keys below ``roster.template`` in the order of the sheet's columns.
_NOTES = ("name", "id_type", "id_no", "phone", "class_no", "hired_on")


def template_xlsx(session: Session, actor: Actor, *, now: datetime) -> bytes:
    """The workbook to fill in; raises Unauthenticated, Forbidden."""
    columns = [column.name for column in COLUMNS]
    notes = [
        [column, t(f"roster.template.{key}")] for column, key in zip(columns, _NOTES, strict=True)
    ]
    classes = own_choices(session, actor, now=now)
    if classes:
        notes += [[], [t("roster.template.classes"), ""]]
        notes += [[one.class_no, f"{one.title} · {one.institution_name}"] for one in classes]
    return roster_template.roster_xlsx(
        sheet=t("roster.template.sheet"),
        header=columns,
        notes_sheet=t("roster.template.notes"),
        notes=[[t("roster.template.lead"), ""], *notes],
    )


def template_csv(session: Session, actor: Actor, *, now: datetime) -> bytes:
    """The same as text, headings only."""
    own_choices(session, actor, now=now)
    return roster_template.roster_csv([column.name for column in COLUMNS])

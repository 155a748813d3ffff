"""Everything that is held about a person, table by table, as plain data."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Institution, TrainingClass, TrainingSession
from portal.db.vault import get_vault
from portal.services import facts_terms
from portal.services.own_data_tables import HELD, TOLD, Mine, told_columns
from portal.services.times import span_text

# Nobody has as many rows of one kind; a file must end whatever the database holds.
MOST_ROWS = 20_000
_GROUPS = "person_group"


def mine_of(session: Session, ids: tuple[UUID, ...]) -> Mine:
    """How the person's rows are found. A phone that logs in is theirs; a shared one is not."""
    query = select(Account.phone_hash).where(Account.person_id.in_(ids))
    return Mine(ids, next((one for one in session.scalars(query) if one), None))


def records(session: Session, ids: tuple[UUID, ...]) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table that holds some, by the table's name, with readable names added."""
    mine = mine_of(session, ids)
    found = {model.__tablename__: _rows(session, model, mine) for model in HELD}
    kept = {name: rows for name, rows in sorted(found.items()) if rows}
    _name_classes(session, kept.values())
    return kept


def _rows(session: Session, model: Any, mine: Mine) -> list[dict[str, Any]]:
    table = model.__tablename__
    told = told_columns(model)
    sealed = [(column, TOLD[key]) for key in TOLD if (column := _sealed(model, key)) is not None]
    query = (
        select(*told, *(column for column, _ in sealed))
        .where(HELD[model](mine))
        .order_by(*model.__table__.primary_key.columns)
        .limit(MOST_ROWS)
    )
    rows = []
    for row in session.execute(query):
        plain = {column.name: _open(value) for column, value in zip(told, row, strict=False)}
        for (_, (purpose, mask, name)), value in zip(sealed, row[len(told) :], strict=True):
            plain[name] = mask(get_vault().open(purpose, value)) if value else None
        rows.append(plain)
    if table == _GROUPS:
        return [row for row in rows if facts_terms.open_channel(row["group_code"])]
    return rows


def _sealed(model: Any, key: tuple[str, str]) -> Any:
    table, column = key
    return model.__table__.columns[column] if model.__tablename__ == table else None


def _open(value: Any) -> Any:
    """The value without groups of the closed channel, which no file that lies about may tell."""
    match value:
        case UUID():
            return str(value)
        case dict():
            return {key: _open(inner) for key, inner in value.items() if not _closed(key)}
        case list() | tuple():
            return [_open(inner) for inner in value if not _names_closed(inner)]
        case _:
            return None if _closed(value) else value


def _closed(value: Any) -> bool:
    return isinstance(value, str) and not facts_terms.open_channel(value)


def _names_closed(value: Any) -> bool:
    """A group stands in a list as its code alone, or as a list that begins with it."""
    first = value[0] if isinstance(value, list) and value else value
    return _closed(first)


def _name_classes(session: Session, tables: Iterable[list[dict[str, Any]]]) -> None:
    """Say beside the id of a class or session which one it is."""
    rows = [row for table in tables for row in table]
    classes = _titles(session, {row["class_id"] for row in rows if row.get("class_id")})
    lessons = _lessons(session, {row["session_id"] for row in rows if row.get("session_id")})
    for row in rows:
        if row.get("class_id") in classes:
            row["class"] = classes[row["class_id"]]
        if row.get("session_id") in lessons:
            row["session"] = lessons[row["session_id"]]


def _titles(session: Session, ids: set[str]) -> dict[str, str]:
    query = (
        select(TrainingClass.id, TrainingClass.title, Institution.name)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(TrainingClass.id.in_(ids))
    )
    return {str(key): f"{title} {school}" for key, title, school in session.execute(query)}


def _lessons(session: Session, ids: set[str]) -> dict[str, str]:
    columns = (TrainingSession.id, TrainingSession.starts_at, TrainingSession.ends_at)
    rows = session.execute(select(*columns).where(TrainingSession.id.in_(ids)))
    return {str(key): span_text(starts_at, ends_at) for key, starts_at, ends_at in rows}

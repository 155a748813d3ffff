"""What every table shares."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import DeclarativeBase, mapped_column

from portal.db.ids import new_id

# Named constraints, so that migrations can speak of them and services can tell
# which guarantee refused a write.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all models. Times are timestamptz, texts are unbounded, ids are UUIDv7."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Text(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[str]: ARRAY(Text()),
    }


Key = Annotated[UUID, mapped_column(PG_UUID(as_uuid=True), primary_key=True, default=new_id)]
Serial = Annotated[int, mapped_column(BigInteger, Identity(always=True), unique=True)]


def ref(target: str, **kwargs: Any) -> Any:
    """A foreign key column on ``table.column``; indexed, because rows are found from both ends."""
    kwargs.setdefault("index", True)
    return mapped_column(ForeignKey(target, ondelete="RESTRICT"), **kwargs)


__all__ = ["Base", "Key", "Serial", "date", "datetime", "ref"]

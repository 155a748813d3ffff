"""What keeps the audit trail whole: sealed blocks of its rows, and where each row belongs."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key


class AuditBlock(Base):
    """Rows of the trail, closed together, chained to the block before and sealed. Append-only.

    ``members`` holds 16 bytes a row: its number, and the first bytes of its leaf. ``awaited`` are
    the numbers up to ``upto_no`` ([first, last] each) whose transactions, ``writers``, were still
    open: what they write is taken into a later block.
    """

    __tablename__ = "audit_block"
    __table_args__ = (
        # Which blocks hold rows of a stretch of time, and which one holds a row.
        Index("ix_audit_block_last_at", "last_at"),
        Index("ix_audit_block_upto_no", "upto_no"),
    )

    id: Mapped[Key]
    no: Mapped[int] = mapped_column(BigInteger, unique=True)
    upto_no: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    root: Mapped[str]
    members: Mapped[bytes]
    awaited: Mapped[list[Any]] = mapped_column(JSONB)
    writers: Mapped[list[str]]
    prev_hash: Mapped[str]
    hash: Mapped[str]
    mac: Mapped[bytes]
    at: Mapped[datetime]


class AuditPlace(Base):
    """To which region a closed row of the trail belongs, with what it is searched by.

    Beside the trail and not in it: the region is known only once everything that an act wrote is
    there, and rows of the trail are never changed. The row's seal covers its region.
    """

    __tablename__ = "audit_place"
    __table_args__ = (
        Index("ix_audit_place_at_no", "at", "no"),
        Index("ix_audit_place_action_at_no", "action", "at", "no"),
        Index(
            "ix_audit_place_region",
            "region_code",
            "at",
            "no",
            postgresql_where=text("region_code IS NOT NULL"),
        ),
        Index(
            "ix_audit_place_region_action",
            "region_code",
            "action",
            "at",
            "no",
            postgresql_where=text("region_code IS NOT NULL"),
        ),
    )

    no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    region_code: Mapped[str | None]
    action: Mapped[str]
    at: Mapped[datetime]

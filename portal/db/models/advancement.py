"""What an honour in somebody's archive suggests, and what a person decided about it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class Advancement(Base):
    """A level that a line of an archive suggests (竞赛及荣誉晋升, reference M19).

    Nothing follows from it: ``recommended`` says that a person sent its owner to whoever examines.
    The pack and its version say which table suggested it.
    """

    __tablename__ = "advancement"
    __table_args__ = (
        CheckConstraint("state IN ('open','recommended','declined')", name="state"),
        CheckConstraint("credential IN ('LEVEL','QUAL')", name="credential"),
        CheckConstraint("level BETWEEN 1 AND 8", name="level"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state = 'open' OR answer <> ''", name="answer"),
        # One level of a trade is suggested once, however many honours speak for it.
        Index(
            "uq_advancement_level",
            "person_id",
            "occupation_code",
            "level",
            unique=True,
            postgresql_where=text("state <> 'declined'"),
        ),
        Index("ix_advancement_open", "suggested_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    # The line that tells of the honour.
    entry_id: Mapped[UUID] = ref("archive_entry.id", index=False, unique=True)
    occupation_code: Mapped[str]
    level: Mapped[int] = mapped_column(SmallInteger)
    credential: Mapped[str]
    pack_id: Mapped[str]
    pack_hash: Mapped[str]
    rule_id: Mapped[str]
    state: Mapped[str]
    suggested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    # Where to go with it, or why not.
    answer: Mapped[str]

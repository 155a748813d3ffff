"""What catalogue versions say, entry by entry; what changed; sheets on their way to a draft."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class CatalogueEntry(Base):
    """One entry of a version as it was published, of whatever kind the catalogue is.

    ``code`` is the stable key by which versions are compared; ``columns`` are the values that the
    kind's form knows (``services.publication.forms``). Programmes, institutions and standards
    have tables of their own besides, which are written when the version comes into force.
    """

    __tablename__ = "catalogue_entry"
    __table_args__ = (
        UniqueConstraint("version_id", "code"),
        Index("ix_catalogue_entry_subject", "subject_code"),
        Index("ix_catalogue_entry_search_terms", "search_terms", postgresql_using="gin"),
        CheckConstraint("code <> ''", name="code"),
    )

    id: Mapped[Key]
    version_id: Mapped[UUID] = ref("catalog_version.id")
    # Where it stood in the sheet.
    position: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    # The occupation or topic that it is about, and the region, where it has one of its own.
    subject_code: Mapped[str | None]
    region_code: Mapped[str | None]
    columns: Mapped[dict[str, Any]]
    search_terms: Mapped[list[str]]


class CatalogueChange(Base):
    """What a version changed against the one that it replaced; kept for the public change log.

    ``fields`` are ``{column, old, new}`` in the words of the sheet; empty unless changed. Of a
    supplement, whose one version lives on, an entry can have been added and gone: then they say
    why and when it went.
    """

    __tablename__ = "catalogue_change"
    __table_args__ = (
        UniqueConstraint("version_id", "code", "what"),
        CheckConstraint("what IN ('added','removed','changed')", name="what"),
    )

    id: Mapped[Key]
    version_id: Mapped[UUID] = ref("catalog_version.id")
    position: Mapped[int]
    what: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    fields: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))


class CatalogueImport(Base):
    """An uploaded sheet on its way to a draft: its columns found, mapped, its rows checked.

    ``content`` is kept until there is a draft, or a month. ``sheets`` is what was found in it,
    with the mapping; ``working`` says that the background has it.
    """

    __tablename__ = "catalogue_import"
    __table_args__ = (
        CheckConstraint("state IN ('uploaded','mapped','checked','draft','failed')", name="state"),
        CheckConstraint("(state = 'draft') = (version_id IS NOT NULL)", name="version"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    region_code: Mapped[str] = mapped_column(index=True)
    file_name: Mapped[str]
    content: Mapped[bytes | None]
    state: Mapped[str]
    working: Mapped[bool]
    sheets: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))
    with_hidden: Mapped[bool] = mapped_column(server_default=text("false"))
    doc_no: Mapped[str]
    effective_from: Mapped[date | None]
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    # Faults and what was left out, each {sheet, row, column, reason}; at most some hundred are
    # kept, ``problem_count`` counts all.
    problems: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))
    problem_count: Mapped[int] = mapped_column(server_default="0")
    left_out: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))
    version_id: Mapped[UUID | None] = ref("catalog_version.id")
    account_id: Mapped[UUID | None] = ref("account.id")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class CatalogueMapping(Base):
    """Which column of a sheet means what, as an officer set it for a region, kind and header."""

    __tablename__ = "catalogue_mapping"

    region_code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    header_key: Mapped[str] = mapped_column(primary_key=True)
    # Name of the form's column -> letter of the sheet's.
    columns: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by: Mapped[UUID | None]

"""Classes, their sessions, and who is enrolled."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref

# An enrolment in one of these states occupies a seat and the person's time.
LIVE = "status IN ('accepted','active')"


class TrainingClass(Base):
    """One run of a programme at an institution.

    ``seats_taken`` is changed by every enrolment; it stands in no index, so that these
    updates stay within the page.
    """

    __tablename__ = "training_class"
    __table_args__ = (
        CheckConstraint("seats_taken BETWEEN 0 AND capacity", name="seats"),
        CheckConstraint("starts_on <= ends_on", name="dates"),
        CheckConstraint(
            "status IN ('draft','enrolling','running','finished','closed','cancelled')",
            name="status",
        ),
        Index("ix_training_class_starts_on_id", "starts_on", "id"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[Key]
    class_no: Mapped[str] = mapped_column(unique=True)
    programme_id: Mapped[UUID] = ref("training_programme.id")
    institution_id: Mapped[UUID] = ref("institution.id")
    title: Mapped[str]
    region_code: Mapped[str]
    site: Mapped[str]
    address: Mapped[str]
    access_note: Mapped[str] = mapped_column(server_default="")
    capacity: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(server_default="0")
    enrol_from: Mapped[datetime]
    enrol_until: Mapped[datetime]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hours: Mapped[int]
    occupation_code: Mapped[str | None]
    level: Mapped[int | None]
    group_codes: Mapped[list[str]]
    schedule_note: Mapped[str] = mapped_column(server_default="")
    # Every minute in which the class meets; enrolments copy it (see Enrolment.busy).
    meets: Mapped[Any] = mapped_column(TSTZMULTIRANGE, server_default=text("'{}'"))
    instructor_id: Mapped[UUID | None] = ref("account.id")
    status: Mapped[str]
    published_at: Mapped[datetime]


class ClassSearchEntry(Base):
    """The search index of classes: one row a class, facets and words in one array.

    Apart from ``training_class`` so that taking a seat never touches the GIN index.
    ``terms`` holds words (bigrams, pinyin, initials) and facets (see services.search_index).
    """

    __tablename__ = "class_search_entry"
    __table_args__ = (
        Index(
            "ix_class_search_entry_terms",
            "terms",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        # A search reads terms in the GIN index only. Kept out of the row, they leave about
        # eighty rows a page instead of five, and that is what a broad search has to walk.
        {"postgresql_with": {"toast_tuple_target": 128}},
    )

    class_id: Mapped[UUID] = ref("training_class.id", primary_key=True, index=False)
    starts_on: Mapped[date]
    enrol_until: Mapped[datetime]
    terms: Mapped[list[str]]


class TrainingSession(Base):
    """One meeting of a class, with its windows as they were when it was planned (B11.2)."""

    __tablename__ = "training_session"
    __table_args__ = (
        UniqueConstraint("class_id", "seq_no"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("hours > 0", name="hours"),
        CheckConstraint(
            "sign_in_from <= late_after AND late_after <= sign_in_until"
            " AND sign_out_from <= sign_out_until",
            name="windows",
        ),
        Index("ix_training_session_starts_at", "starts_at"),
    )

    id: Mapped[Key]
    class_id: Mapped[UUID] = ref("training_class.id")
    seq_no: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    hours: Mapped[int]
    kind: Mapped[str]
    room: Mapped[str]
    topic: Mapped[str]
    instructor_id: Mapped[UUID | None] = ref("account.id")
    sign_in_from: Mapped[datetime]
    late_after: Mapped[datetime]
    sign_in_until: Mapped[datetime]
    sign_out_from: Mapped[datetime]
    sign_out_until: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None]


class CommitmentTemplate(Base):
    """The exact text of a notice-and-commitment (告知承诺), kept while anyone has signed it."""

    __tablename__ = "commitment_template"

    version: Mapped[str] = mapped_column(primary_key=True)
    text_hash: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    created_at: Mapped[datetime]


class Enrolment(Base):
    """A person's place in a class.

    The database keeps three promises: one live enrolment a person and class, no two live
    enrolments that meet at the same time, and (on the class) never more than its seats.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        CheckConstraint(
            "status IN ('accepted','active','completed','failed','withdrawn','removed')",
            name="status",
        ),
        Index(
            "uq_enrolment_live",
            "person_id",
            "class_id",
            unique=True,
            postgresql_where=text(LIVE),
        ),
        # A person is a range of one number here, since GiST knows ranges without extensions.
        ExcludeConstraint(
            (literal_column("int8range(person_no, person_no, '[]')"), "&&"),
            (literal_column("busy"), "&&"),
            using="gist",
            where=text(LIVE),
            name="ex_enrolment_time",
        ),
        Index(
            "uq_enrolment_idempotency",
            "person_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    person_no: Mapped[int] = mapped_column(BigInteger)
    class_id: Mapped[UUID] = ref("training_class.id")
    busy: Mapped[Any] = mapped_column(TSTZMULTIRANGE)
    status: Mapped[str]
    channel: Mapped[str]
    commitment_version: Mapped[str] = ref("commitment_template.version", index=False)
    commitment_text_hash: Mapped[str]
    signed_at: Mapped[datetime]
    idempotency_key: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]

"""Classes, their sessions, and who is enrolled."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref

# Whoever is in one of these states is on the roster: may check in, is graded, counts.
ON_ROSTER = ("accepted", "active")
# These hold a seat: with them those whom an officer looks at, and those who were offered one.
SEATED = (*ON_ROSTER, "needs_review", "offered")
# These are not over; a person has one of them a class at most.
OPEN = (*SEATED, "waitlisted")


def status_in(states: tuple[str, ...]) -> str:
    """The states as a condition on ``status`` for SQL texts and partial indexes."""
    return "status IN ({})".format(",".join(f"'{state}'" for state in states))


LIVE = status_in(ON_ROSTER)
IS_SEATED = status_in(SEATED)
IS_OPEN = status_in(OPEN)


class TrainingClass(Base):
    """One run of a programme at an institution.

    ``seats_taken`` is changed by every enrolment; it stands in no index, so that these
    updates stay within the page.
    """

    __tablename__ = "training_class"
    __table_args__ = (
        CheckConstraint("seats_taken BETWEEN 0 AND capacity", name="seats"),
        CheckConstraint("waiting >= 0", name="waiting"),
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
    # How many wait, and the last number drawn; changed with the row locked, so that the list
    # has one strict order and nobody passes it by.
    waiting: Mapped[int] = mapped_column(server_default="0")
    last_waiting_no: Mapped[int] = mapped_column(BigInteger, server_default="0")
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


class ClassCallOff(Base):
    """A class was called off before it began (停办): by whom, when and why.

    The class is ``cancelled`` in the same transaction, so that nobody enrols any more; who was in
    it is told afterwards, each in a transaction of their own, until ``ended_at``. ``counts`` are
    the people as they stood when it was decided.
    """

    __tablename__ = "class_call_off"
    __table_args__ = (
        CheckConstraint("side IN ('institution','authority')", name="side"),
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
    )

    class_id: Mapped[UUID] = ref("training_class.id", primary_key=True, index=False)
    # Whose act it was: the institution's own, or the authority's.
    side: Mapped[str]
    reason: Mapped[str]
    counts: Mapped[dict[str, Any]]
    called_off_by: Mapped[UUID] = ref("account.id", index=False)
    called_off_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


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
        # What nobody has confirmed is little, and asked for by whoever supervises.
        Index(
            "ix_training_session_unconfirmed",
            "sign_out_until",
            postgresql_where=text("confirmed_at IS NULL"),
        ),
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
    # When the room's screen first showed a code.
    screen_opened_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None]
    # When the institution was told that this sheet is overdue.
    overdue_told_at: Mapped[datetime | None]


class CommitmentTemplate(Base):
    """The exact text of a notice-and-commitment (告知承诺), kept while anyone has signed it."""

    __tablename__ = "commitment_template"

    version: Mapped[str] = mapped_column(primary_key=True)
    text_hash: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    created_at: Mapped[datetime]


class Enrolment(Base):
    """A person's place in a class, or on its waiting list.

    The database keeps three promises: one open enrolment a person and class, no two seats that
    meet at the same time, and (on the class) never more than its seats. ``busy`` is empty while
    the person only waits or was only offered a seat.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        CheckConstraint(
            "status IN ('needs_review','waitlisted','offered','accepted','active','completed',"
            "'failed','withdrawn','removed','rejected','expired')",
            name="status",
        ),
        CheckConstraint(
            "status <> 'waitlisted' OR (waiting_no IS NOT NULL AND waiting_rank IS NOT NULL)",
            name="waiting",
        ),
        Index(
            "uq_enrolment_open",
            "person_id",
            "class_id",
            unique=True,
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "uq_enrolment_waiting",
            "class_id",
            "waiting_rank",
            "waiting_no",
            unique=True,
            postgresql_where=text("status = 'waitlisted'"),
        ),
        # Few enrolments have these, and every enrolment would pay for an entry of nothing.
        Index(
            "ix_enrolment_acting_account_id",
            "acting_account_id",
            postgresql_where=text("acting_account_id IS NOT NULL"),
        ),
        Index(
            "ix_enrolment_mandate_id",
            "mandate_id",
            postgresql_where=text("mandate_id IS NOT NULL"),
        ),
        # The officers' queue.
        Index(
            "ix_enrolment_review",
            "review_due_on",
            postgresql_where=text("status = 'needs_review'"),
        ),
        # A person is a range of one number here, since GiST knows ranges without extensions.
        ExcludeConstraint(
            (literal_column("int8range(person_no, person_no, '[]')"), "&&"),
            (literal_column("busy"), "&&"),
            using="gist",
            where=text(IS_SEATED),
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
    # Through which door: web, page, api, desk, roster, helper.
    channel: Mapped[str]
    # Who acted when it was not the person: a helper, an employer's or institution's staff.
    acting_account_id: Mapped[UUID | None] = ref("account.id", index=False)
    mandate_id: Mapped[UUID | None] = ref("mandate.id", index=False)
    # Priority groups have rank 0, all others 1; within a rank the number drawn decides.
    waiting_rank: Mapped[int | None] = mapped_column(SmallInteger)
    waiting_no: Mapped[int | None] = mapped_column(BigInteger)
    review_due_on: Mapped[date | None]
    # None until the person has signed: a seat offered through a roster is unsigned.
    commitment_version: Mapped[str | None] = ref("commitment_template.version", index=False)
    commitment_text_hash: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    idempotency_key: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class SeatOffer(Base):
    """A seat held for one person until a time: from the waiting list, or through a roster.

    The enrolment is ``offered`` while its offer is open.
    """

    __tablename__ = "seat_offer"
    __table_args__ = (
        CheckConstraint("source IN ('waiting_list','roster')", name="source"),
        CheckConstraint(
            "state IN ('open','accepted','declined','expired','withdrawn')", name="state"
        ),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        Index(
            "uq_seat_offer_open",
            "enrolment_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_seat_offer_expires_at", "expires_at", postgresql_where=text("state = 'open'")),
        Index(
            "ix_seat_offer_phone_hash",
            "phone_hash",
            postgresql_where=text("state = 'open' AND phone_hash IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    class_id: Mapped[UUID] = ref("training_class.id")
    source: Mapped[str]
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str]
    answered_at: Mapped[datetime | None]
    # page, sms, desk or helper; who pressed the button stands in the audit.
    answered_via: Mapped[str | None]
    # The SMS code by which somebody without a login confirms (keyed hash), and tries left; the
    # keyed hash of the phone that it was sent to finds the offer.
    code_hash: Mapped[bytes | None]
    phone_hash: Mapped[bytes | None]
    code_tries: Mapped[int] = mapped_column(server_default="0")


class TrainingNeed(Base):
    """Somebody found no suitable class (R56): what, where, from when. One open for each."""

    __tablename__ = "training_need"
    __table_args__ = (
        CheckConstraint("state IN ('open','told','met','withdrawn')", name="state"),
        Index(
            "uq_training_need_open",
            "person_id",
            "skill_key",
            "region_code",
            unique=True,
            postgresql_where=text("state IN ('open','told')"),
        ),
        Index("ix_training_need_skill_region", "skill_key", "region_code"),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    # An occupation family, or topic:CODE, as everywhere that skills are compared.
    skill_key: Mapped[str]
    region_code: Mapped[str]
    from_month: Mapped[date]
    state: Mapped[str]
    channel: Mapped[str]
    acting_account_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    told_class_id: Mapped[UUID | None] = ref("training_class.id")
    ended_at: Mapped[datetime | None]

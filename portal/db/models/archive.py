"""The archive beyond its lines: heads, checkpoints, cards, merges, shares, imports."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class ArchiveHead(Base):
    """Where a person's chain ends, sealed with a key that the database does not hold."""

    __tablename__ = "archive_head"

    person_id: Mapped[UUID] = ref("person.id", primary_key=True, index=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
    mac: Mapped[bytes]


class ArchiveCheckpoint(Base):
    """All lines that were added since the one before, chained and sealed. Append-only.

    What the chains of persons cannot show, that a whole archive was taken out, these show.
    """

    __tablename__ = "archive_checkpoint"

    id: Mapped[Key]
    no: Mapped[int] = mapped_column(BigInteger, unique=True)
    # Covers the lines up to this ``archive_entry.no``.
    upto_no: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]
    # For each line, in order of ``no``: its id (16 bytes) and the first 8 bytes of its hash.
    members: Mapped[bytes]
    prev_hash: Mapped[str]
    hash: Mapped[str]
    mac: Mapped[bytes]
    at: Mapped[datetime]


class SocialCardBinding(Base):
    """A social security card as carrier of the archive, for a time (reference B6).

    The archive hangs on the person; cards come and go.
    """

    __tablename__ = "social_card_binding"
    __table_args__ = (
        CheckConstraint("status IN ('bound','reissued','unbound')", name="status"),
        CheckConstraint("(status = 'bound') = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_social_card_binding_person",
            "person_id",
            unique=True,
            postgresql_where=text("status = 'bound'"),
        ),
        Index(
            "uq_social_card_binding_number",
            "number_hash",
            unique=True,
            postgresql_where=text("status = 'bound'"),
        ),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    number_enc: Mapped[bytes]
    number_hash: Mapped[bytes]
    issuing_region: Mapped[str]
    status: Mapped[str]
    # Who vouched for it: the person, or the card registry.
    source: Mapped[str]
    bound_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class IdCorrection(Base):
    """An ID number put right: old and new, why, by whom. Append-only but for the one vouching.

    Until ``vouched_at`` nobody registers with the record; it is set from the start, by nobody,
    where the record had an account."""

    __tablename__ = "id_correction"
    __table_args__ = (
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
        CheckConstraint("vouched_by <> officer_account_id", name="another"),
        CheckConstraint("vouched_by IS NULL OR vouched_at IS NOT NULL", name="vouched"),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    old_enc: Mapped[bytes]
    new_enc: Mapped[bytes]
    reason: Mapped[str]
    at: Mapped[datetime]
    officer_account_id: Mapped[UUID] = ref("account.id", index=False)
    vouched_by: Mapped[UUID | None] = ref("account.id", index=False)
    vouched_at: Mapped[datetime | None]


class PersonMergeRequest(Base):
    """An officer asks that two records count as one. Nothing follows from it until another
    officer confirms it; after ``lapses_at`` it cannot be confirmed, whatever ``state`` says."""

    __tablename__ = "person_merge_request"
    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two"),
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
        CheckConstraint(
            "state IN ('open','confirmed','declined','withdrawn','lapsed')", name="state"
        ),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state NOT IN ('confirmed','declined')"
            " OR (decided_by IS NOT NULL AND decided_by <> officer_account_id)",
            name="another",
        ),
        CheckConstraint("(state = 'confirmed') = (merge_id IS NOT NULL)", name="merge"),
        Index(
            "uq_person_merge_request_open",
            "merged_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Key]
    kept_id: Mapped[UUID] = ref("person.id")
    merged_id: Mapped[UUID] = ref("person.id")
    reason: Mapped[str]
    # What both had at once, as whoever asked saw it.
    conflicts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    officer_account_id: Mapped[UUID] = ref("account.id", index=False)
    lapses_at: Mapped[datetime]
    state: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = ref("account.id", index=False)
    answer: Mapped[str | None]
    merge_id: Mapped[UUID | None] = ref("person_merge.id", index=False)


class PersonMerge(Base):
    """Two records that are one person. Nothing is rewritten: ``Person.merged_into`` links them,
    so that it can be undone for 30 days."""

    __tablename__ = "person_merge"
    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two"),
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
        CheckConstraint("confirmed_by <> officer_account_id", name="another"),
        Index(
            "uq_person_merge_merged",
            "merged_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    kept_id: Mapped[UUID] = ref("person.id")
    merged_id: Mapped[UUID] = ref("person.id", index=False)
    reason: Mapped[str]
    # What both had at once, as the officers saw it.
    conflicts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    # Who asked for it, and who confirmed it: nobody, before two were needed.
    officer_account_id: Mapped[UUID] = ref("account.id", index=False)
    confirmed_by: Mapped[UUID | None] = ref("account.id", index=False)
    undo_until: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
    undo_reason: Mapped[str | None]


class CorrectionRequest(Base):
    """An owner says that a line of the archive is wrong; answered by whoever recorded it.

    ``institution_id`` is whose desk it lies on, NULL for the authority of ``region_code``, which
    also answers what the institution leaves past ``due_on``.
    """

    __tablename__ = "correction_request"
    __table_args__ = (
        CheckConstraint("state IN ('open','accepted','refused','withdrawn')", name="state"),
        CheckConstraint("length(btrim(wish)) >= 4", name="wish"),
        Index(
            "uq_correction_request_open",
            "entry_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_correction_request_due", "due_on", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    entry_id: Mapped[UUID] = ref("archive_entry.id")
    institution_id: Mapped[UUID | None] = ref("institution.id")
    region_code: Mapped[str]
    # The request whose refusal is looked at once more.
    again_of: Mapped[UUID | None]
    wish: Mapped[str]
    # What the owner says is right, if they know; what the institution says where money hangs on
    # it, so that somebody else must decide.
    right_value: Mapped[str | None]
    proposed: Mapped[dict[str, Any] | None]
    state: Mapped[str]
    created_at: Mapped[datetime]
    due_on: Mapped[date]
    answer: Mapped[str | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    correction_id: Mapped[UUID | None]


class ShareLink(Base):
    """What an owner shows to others by a link: chosen fields, for a time.

    Only the chosen disclosures are kept: the rest cannot be recovered, not even by us from here.
    """

    __tablename__ = "share_link"

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    # The link's secret: hashed to find it, sealed so that its owner can copy it again.
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    token_enc: Mapped[bytes]
    title: Mapped[str]
    fields: Mapped[list[str]]
    # The certificates of it, so that their state can be told as of now.
    certificate_ids: Mapped[list[str]]
    # An SD-JWT with the chosen disclosures only, sealed.
    presentation_enc: Mapped[bytes]
    # Keyed hash of the code, if there is one, and the tries it has cost since it was last right.
    code_hash: Mapped[bytes | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ShareView(Base):
    """A share link was opened; ``device`` is a kind of browser, nobody's address is kept."""

    __tablename__ = "share_view"
    __table_args__ = (Index("ix_share_view_link_id_at", "link_id", "at"),)

    id: Mapped[Key]
    link_id: Mapped[UUID] = ref("share_link.id", index=False)
    at: Mapped[datetime]
    outcome: Mapped[str]
    device: Mapped[str]


class ArchiveImport(Base):
    """An archive file of another portal as its owner handed it in."""

    __tablename__ = "archive_import"
    __table_args__ = (
        CheckConstraint("state IN ('preview','decided','dropped')", name="state"),
        Index("ix_archive_import_person_id_at", "person_id", "at"),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id", index=False)
    portal_id: Mapped[UUID] = ref("trusted_portal.id")
    # SHA-256 of the file, and when the other portal made it.
    file_hash: Mapped[str]
    made_at: Mapped[datetime]
    state: Mapped[str]
    at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class ArchiveImportLine(Base):
    """One thing in such a file, what we found about it, and what became of it."""

    __tablename__ = "archive_import_line"
    __table_args__ = (
        CheckConstraint("kind IN ('class','certificate')", name="kind"),
        CheckConstraint("finding IN ('new','duplicate','conflict','revoked')", name="finding"),
        CheckConstraint("state IN ('open','taken','left','asked','refused')", name="state"),
        Index(
            "uq_archive_import_line_taken",
            "origin",
            unique=True,
            postgresql_where=text("state = 'taken'"),
        ),
        Index("ix_archive_import_line_asked", "id", postgresql_where=text("state = 'asked'")),
    )

    id: Mapped[Key]
    import_id: Mapped[UUID] = ref("archive_import.id")
    kind: Mapped[str]
    # Where it came from: address of the portal and id of the line there.
    origin: Mapped[str]
    content: Mapped[dict[str, Any]]
    finding: Mapped[str]
    # What it doubles or contradicts here.
    against_id: Mapped[UUID | None]
    state: Mapped[str]
    entry_id: Mapped[UUID | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]


class CarriedHours(Base):
    """Hours of an imported class that the next institution counts (where the pack allows)."""

    __tablename__ = "carried_hours"
    __table_args__ = (
        CheckConstraint("hours > 0", name="hours"),
        Index(
            "uq_carried_hours_entry",
            "entry_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    entry_id: Mapped[UUID] = ref("archive_entry.id", index=False)
    hours: Mapped[int]
    accepted_by: Mapped[UUID] = ref("account.id", index=False)
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]


class ArchivePrint(Base):
    """An archive that was printed with a serial: what the paper says of itself. Append-only."""

    __tablename__ = "archive_print"
    __table_args__ = (Index("ix_archive_print_person_id_at", "person_id", "at"),)

    id: Mapped[Key]
    # On the paper and in its code; random, so that nobody finds one by counting.
    serial: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = ref("person.id", index=False)
    # Keys the holder's hash of this paper; stays here and with the holder.
    holder_salt: Mapped[bytes]
    # SHA-256 of what was printed: the same archive is printed under the same serial again.
    content_hash: Mapped[str]
    # Serial, holder's hash, totals and heads, signed with the portal's key.
    credential: Mapped[str]
    at: Mapped[datetime]

"""Who signs certificates, which are revoked, and what else stands behind them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref

# Counts the places in status lists as they are handed out (see services.status_lists).
certificate_status_serial = Sequence("certificate_status_serial", metadata=Base.metadata, start=0)


class Issuer(Base):
    """Who signs: the portal itself, an authority, or an institution (reference B5.6).

    The portal signs what is said of certificates: status lists, archive files, shared excerpts.
    """

    __tablename__ = "issuer"
    __table_args__ = (
        CheckConstraint("kind IN ('portal','authority','institution')", name="kind"),
        CheckConstraint(
            "(kind = 'institution') = (institution_id IS NOT NULL)", name="institution"
        ),
        CheckConstraint("(kind = 'authority') = (region_code IS NOT NULL)", name="authority"),
        Index("uq_issuer_portal", "kind", unique=True, postgresql_where=text("kind = 'portal'")),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    institution_id: Mapped[UUID | None] = ref("institution.id", unique=True, index=False)
    region_code: Mapped[str | None] = mapped_column(unique=True)
    # As printed and published; an institution's name and USCC as they were when it began to sign.
    name: Mapped[str]
    uscc: Mapped[str | None]
    # The seal as a PNG with a clear ground; a drawn one stands in for it where there is none.
    seal_image: Mapped[bytes | None]
    created_at: Mapped[datetime]


class IssuerKey(Base):
    """An Ed25519 key of an issuer. Its public half is published for ever.

    ``retired_at`` ends signing; what was signed before stays good. What a compromised key signed
    counts only where the register holds the same credential.
    """

    __tablename__ = "issuer_key"
    __table_args__ = (
        CheckConstraint("compromised_at IS NULL OR retired_at IS NOT NULL", name="compromised"),
        Index(
            "uq_issuer_key_active",
            "issuer_id",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    issuer_id: Mapped[UUID] = ref("issuer.id")
    # RFC 7638 thumbprint, and the public key as a JWK has it (base64url).
    kid: Mapped[str] = mapped_column(unique=True)
    public_x: Mapped[str]
    # PKCS #8 PEM, sealed with the master key; gone once the key is retired.
    private_enc: Mapped[bytes | None]
    active_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    retired_by: Mapped[UUID | None]
    # Keyed with the master key over what is published of this key and its issuer: a row that was
    # put in or changed past the portal is not published (services/issuers).
    seal: Mapped[bytes]


class StatusList(Base):
    """131,072 places of a Bitstring Status List (W3C, 2025): a set bit means revoked."""

    __tablename__ = "status_list"

    id: Mapped[Key]
    no: Mapped[int] = mapped_column(unique=True)
    bits: Mapped[bytes]
    # Grows with every change, so that an older list can be told from a newer one.
    version: Mapped[int]
    updated_at: Mapped[datetime]


class CertificateFile(Base):
    """A rendered certificate, kept for a while because drawing costs time; can be made again."""

    __tablename__ = "certificate_file"
    __table_args__ = (
        CheckConstraint("form IN ('pdf','png')", name="form"),
        UniqueConstraint("certificate_id", "form"),
    )

    id: Mapped[Key]
    certificate_id: Mapped[UUID] = ref("certificate.id", index=False)
    form: Mapped[str]
    # What went into it (hash): a changed photo or seal makes it stale.
    made_of: Mapped[str]
    content: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(index=True)


class CertificateBatch(Base):
    """The certificates of a class drawn in the background, for an institution to print."""

    __tablename__ = "certificate_batch"

    id: Mapped[Key]
    class_id: Mapped[UUID] = ref("training_class.id")
    asked_by: Mapped[UUID] = ref("account.id", index=False)
    asked_at: Mapped[datetime]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(server_default="0")
    finished_at: Mapped[datetime | None]


class PersonPhoto(Base):
    """A photo that a person wants on certificates: by consent, sealed, never required."""

    __tablename__ = "person_photo"

    person_id: Mapped[UUID] = ref("person.id", primary_key=True, index=False)
    # A JPEG in base64, sealed.
    image_enc: Mapped[bytes]
    added_at: Mapped[datetime]


class ExternalCertificate(Base):
    """A certificate that somebody else issued, as its owner entered it (reference A6, B5).

    It says nothing until somebody entitled verified it. Numbers of 特种作业操作证 hold an ID
    number (B5.3), so every number is sealed and masked.
    """

    __tablename__ = "external_certificate"
    __table_args__ = (
        CheckConstraint("state IN ('unverified','verified','refused','withdrawn')", name="state"),
        Index(
            "uq_external_certificate_live",
            "person_id",
            "kind",
            "number_hash",
            unique=True,
            postgresql_where=text("state IN ('unverified','verified')"),
        ),
        Index(
            "ix_external_certificate_unverified",
            "created_at",
            postgresql_where=text("state = 'unverified'"),
        ),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    kind: Mapped[str]
    number_enc: Mapped[bytes]
    number_hash: Mapped[bytes]
    number_masked: Mapped[str]
    title: Mapped[str]
    occupation_code: Mapped[str | None]
    occupation_name: Mapped[str | None]
    edition: Mapped[str | None]
    level: Mapped[int | None]
    issuer_name: Mapped[str]
    issuer_region: Mapped[str | None]
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    # The picture in base64, sealed; ``image_type`` is image/jpeg or image/png.
    image_enc: Mapped[bytes | None]
    image_type: Mapped[str | None]
    # Locale keys of what is odd in the number (domain.certificate_number).
    problems: Mapped[list[str]]
    state: Mapped[str]
    created_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]


class TrustedPortal(Base):
    """Another portal whose signatures the authority accepts, with what it published."""

    __tablename__ = "trusted_portal"
    __table_args__ = (
        Index(
            "uq_trusted_portal_live",
            "url",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    url: Mapped[str]
    name: Mapped[str]
    # The issuer page as it was saved, and the newest signed status list by its address.
    page: Mapped[dict[str, Any]]
    status_lists: Mapped[dict[str, Any]]
    added_by: Mapped[UUID | None]
    added_at: Mapped[datetime]
    fetched_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    reason: Mapped[str | None]

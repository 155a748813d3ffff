"""What ends at once when an account is closed: everything that no law keeps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ArchiveImport,
    Certificate,
    CertificateFile,
    ConsentRecord,
    CorrectionRequest,
    EligibilityDecision,
    Enrolment,
    ExternalCertificate,
    LoginSession,
    Mandate,
    Notice,
    Person,
    PersonFact,
    PersonGroup,
    PersonPass,
    PersonPhoto,
    ShareLink,
    SocialCardBinding,
    TrainingNeed,
)
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services import mandate_rows
from portal.services.people import CLOSED

# No password hashes to this.
_NO_PASSWORD = "!"  # noqa: S105


def end_everything(session: Session, actor: Actor, *, now: datetime) -> dict[str, int]:
    """End and delete it; answers how many rows of each kind. The caller holds the account.

    Requests come first and the person's row last: in that order deciders take their locks.
    """
    ids = actor.the_records()
    ended = {name: _run(session, act) for name, act in _acts(ids, now).items()}
    ended["mandates"] = _end_mandates(session, actor, now)
    ended["facts"] = _forget_facts(session, ids)
    _close_accounts(session, ids, now)
    session.execute(update(Person).where(Person.id.in_(ids)).values(phone_enc=None))
    session.expire_all()
    return ended


def _acts(ids: tuple[UUID, ...], now: datetime) -> dict[str, Any]:
    """What ends by a statement each."""
    own = select(Certificate.id).where(Certificate.person_id.in_(ids))
    unproven = ExternalCertificate.state.in_(("unverified", "refused"))
    return {
        "requests": update(CorrectionRequest)
        .where(CorrectionRequest.person_id.in_(ids), CorrectionRequest.state == "open")
        .values(state="withdrawn"),
        "messages": delete(Notice).where(Notice.person_id.in_(ids)),
        "wishes": update(TrainingNeed)
        .where(TrainingNeed.person_id.in_(ids), TrainingNeed.state.in_(("open", "told")))
        .values(state="withdrawn", ended_at=now),
        # What a link showed is destroyed with it, as when its owner takes it back.
        "shares": update(ShareLink)
        .where(ShareLink.person_id.in_(ids), ShareLink.revoked_at.is_(None))
        .values(revoked_at=now, presentation_enc=b"", token_enc=b""),
        "consents": update(ConsentRecord)
        .where(ConsentRecord.person_id.in_(ids), ConsentRecord.withdrawn_at.is_(None))
        .values(withdrawn_at=now),
        "photo": delete(PersonPhoto).where(PersonPhoto.person_id.in_(ids)),
        "drawings": delete(CertificateFile).where(CertificateFile.certificate_id.in_(own)),
        "cards": update(SocialCardBinding)
        .where(SocialCardBinding.person_id.in_(ids), SocialCardBinding.status == "bound")
        .values(status="unbound", ended_at=now, end_reason=t("rights.close.title")),
        "external": update(ExternalCertificate)
        .where(ExternalCertificate.person_id.in_(ids), unproven)
        .values(state="withdrawn", image_enc=None, image_type=None),
        "imports": update(ArchiveImport)
        .where(ArchiveImport.person_id.in_(ids), ArchiveImport.state == "preview")
        .values(state="dropped", decided_at=now),
        "passes": delete(PersonPass).where(PersonPass.person_id.in_(ids)),
    }


def _run(session: Session, act: Any) -> int:
    done: Any = session.execute(act.execution_options(synchronize_session=False))
    return int(done.rowcount)


def _end_mandates(session: Session, actor: Actor, now: datetime) -> int:
    query = select(Mandate).where(
        Mandate.person_id.in_(actor.the_records()), Mandate.revoked_at.is_(None)
    )
    standing = session.scalars(query.with_for_update()).all()
    for mandate in standing:
        mandate_rows.end(session, actor, mandate, "mandate.revoke", now)
    session.flush()
    return len(standing)


def _forget_facts(session: Session, ids: tuple[UUID, ...]) -> int:
    """What was only stated: nobody verified it, and no decision since could have used it."""
    gone = 0
    for table in (PersonGroup, PersonFact):
        used = (
            exists()
            .where(
                Enrolment.person_id.in_(ids),
                EligibilityDecision.enrolment_id == Enrolment.id,
                EligibilityDecision.decided_at >= table.created_at,
            )
            .correlate(table)
        )
        stated = table.person_id.in_(ids) & table.status.in_(("declared", "ended"))
        only = stated & table.verified_at.is_(None) & ~used
        gone += _run(session, delete(table).where(only))
    return gone


def _close_accounts(session: Session, ids: tuple[UUID, ...], now: datetime) -> None:
    """No login of the person works any more; a phone is free for another account."""
    mine = select(Account.id).where(Account.person_id.in_(ids))
    _run(
        session,
        update(LoginSession)
        .where(LoginSession.account_id.in_(mine), LoginSession.revoked_at.is_(None))
        .values(revoked_at=now),
    )
    _run(
        session,
        update(Account)
        .where(Account.person_id.in_(ids))
        .values(status=CLOSED, phone_hash=None, password_hash=_NO_PASSWORD),
    )

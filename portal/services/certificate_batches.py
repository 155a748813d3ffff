"""The certificates of a class made as files in the background, for its institution to print.

One batch of a class at a time; it may be asked for again whenever files are missing. What it
makes are the same kept files that owners download.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    Certificate,
    CertificateBatch,
    CertificateFile,
    Enrolment,
    TrainingClass,
)
from portal.domain.errors import NotFound, PortalError
from portal.domain.permissions import Actor, Permission
from portal.services import audit, certificate_files, queue
from portal.services.certificate_files import FORMS, Order
from portal.services.teaching import own_class

TASK = "draw_certificates"
# So many are read, drawn and kept at once: small enough for the progress to be seen.
AT_ONCE = 8


class ClassNotClosed(PortalError):
    """Certificates are issued when the class is closed."""

    key = "batches.not_closed"
    code = "outside_window"
    status = 409


class NothingToDraw(PortalError):
    """Nobody of the class has a certificate in force."""

    key = "batches.nobody"
    code = "not_found"
    status = 409


@dataclass(frozen=True)
class BatchView:
    """How far the files of a class are. ``state`` is "" (nothing to offer), none, working, done.

    ``failed`` names those whose files could not be made.
    """

    state: str
    done: int = 0
    total: int = 0
    failed: tuple[str, ...] = ()

    @property
    def is_moving(self) -> bool:
        return self.state == "working"


def start(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> BatchView:
    """Have all missing files of a closed class drawn. Whoever comes second joins the first.

    Raises NotFound, ClassNotClosed, NothingToDraw.
    """
    made = own_class(session, actor, Permission.FINISH_CLASS, class_id=class_id)
    session.refresh(made, with_for_update={"key_share": True})
    if made.status != "closed":
        raise ClassNotClosed
    batch = begin(session, actor, made, now=now)
    if batch is None:
        raise NothingToDraw
    return _view(session, batch)


def begin(
    session: Session, actor: Actor, made: TrainingClass, *, now: datetime
) -> CertificateBatch | None:
    """The batch of a closed class whose row the caller holds; None when nobody has earned one."""
    total = _count(session, made.id)
    if total == 0:
        return None
    batch = _latest(session, made.id)
    if batch is None or batch.finished_at is not None:
        batch = CertificateBatch(
            id=new_id(),
            class_id=made.id,
            asked_by=actor.the_account(),
            asked_at=now,
            total=total,
            done=0,
        )
        session.add(batch)
        session.flush()
        audit.record(
            session,
            actor,
            "certificate.batch",
            now=now,
            object_type="training_class",
            object_id=made.id,
            detail={"certificates": total},
        )
    # Also for one that is under way: its job may have been lost.
    queue.defer(session, TASK, key=str(batch.id), batch_id=batch.id)
    return batch


def look(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> BatchView:
    """How far the files are; names of those that failed are read by leave of the audit trail."""
    made = own_class(session, actor, Permission.FINISH_CLASS, class_id=class_id)
    if made.status != "closed" or _count(session, made.id) == 0:
        return BatchView("")
    batch = _latest(session, made.id)
    if batch is None:
        return BatchView("none", 0, _count(session, made.id))
    view = _view(session, batch)
    if not view.failed:
        return view
    for certificate in session.scalars(_missing(made.id)):
        _trace(session, actor, "certificate.batch_failed", certificate, ["name"], now)
    return view


def next_orders(
    session: Session,
    actor: Actor,
    *,
    batch_id: UUID,
    after: UUID | None,
    now: datetime,
) -> tuple[UUID | None, Sequence[Order]]:
    """The next certificates of a batch that are to be drawn, and where the search came to.

    None once there is nothing behind it: then the batch is finished.
    """
    actor.require(Permission.RUN_TASKS)
    batch = session.get_one(CertificateBatch, batch_id)
    query = issued(batch.class_id).order_by(Certificate.id).limit(AT_ONCE)
    if after is not None:
        query = query.where(Certificate.id > after)
    found = session.scalars(query).all()
    orders = [certificate_files.order_of(session, one, now=now) for one in found]
    missing = [one for one in orders if not set(FORMS) <= certificate_files.forms_of(session, one)]
    return (found[-1].id if found else None), missing


def keep_drawn(
    session: Session,
    actor: Actor,
    *,
    batch_id: UUID,
    drawn: Sequence[tuple[Order, Mapping[str, bytes]]],
    finished: bool,
    now: datetime,
) -> None:
    """Keep what was drawn and say how far the batch is."""
    actor.require(Permission.RUN_TASKS)
    batch = session.get_one(CertificateBatch, batch_id, with_for_update=True)
    for order, files in drawn:
        certificate_files.keep(session, order, files, now=now)
    session.flush()
    batch.total = _count(session, batch.class_id)
    batch.done = batch.total - len(session.scalars(_missing(batch.class_id)).all())
    if finished:
        batch.finished_at = now


def download(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> tuple[UUID, ...]:
    """The certificates of an own closed class that are about to be downloaded; audited for each.

    Raises NotFound, ClassNotClosed, NothingToDraw.
    """
    made = own_class(session, actor, Permission.FINISH_CLASS, class_id=class_id)
    if made.status != "closed":
        raise ClassNotClosed
    found = session.scalars(issued(made.id).order_by(Certificate.number)).all()
    if not found:
        raise NothingToDraw
    for certificate in found:
        fields = ["name", "id_no_masked", "photo", "certificate_file"]
        _trace(session, actor, "certificate.batch_download", certificate, fields, now)
    return tuple(one.id for one in found)


def paper_of(
    session: Session, actor: Actor, *, class_id: UUID, certificate_id: UUID, now: datetime
) -> tuple[Order, Mapping[str, bytes]] | None:
    """One of them and its kept files; None when it was revoked or replaced meanwhile."""
    made = own_class(session, actor, Permission.FINISH_CLASS, class_id=class_id)
    certificate = session.scalar(issued(made.id).where(Certificate.id == certificate_id))
    if certificate is None:
        return None
    order = certificate_files.order_of(session, certificate, now=now)
    return order, certificate_files.kept(session, order)


def keep_of(
    session: Session,
    actor: Actor,
    *,
    class_id: UUID,
    order: Order,
    files: Mapping[str, bytes],
    now: datetime,
) -> None:
    """Keep what was drawn for a download of an own class."""
    made = own_class(session, actor, Permission.FINISH_CLASS, class_id=class_id)
    if session.scalar(issued(made.id).where(Certificate.id == order.certificate_id)) is None:
        raise NotFound
    certificate_files.keep(session, order, files, now=now)


def issued(class_id: UUID) -> Select[Certificate]:
    """The certificates of a class that are in force."""
    return (
        select(Certificate)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .where(Enrolment.class_id == class_id, Certificate.status == "issued")
    )


def _missing(class_id: UUID) -> Select[Certificate]:
    """Those without both files."""
    files = (
        select(func.count())
        .where(CertificateFile.certificate_id == Certificate.id)
        .correlate(Certificate)
        .scalar_subquery()
    )
    return issued(class_id).where(files < len(FORMS)).order_by(Certificate.number)


def _count(session: Session, class_id: UUID) -> int:
    return session.scalar(select(func.count()).select_from(issued(class_id).subquery())) or 0


def _latest(session: Session, class_id: UUID) -> CertificateBatch | None:
    query = select(CertificateBatch).where(CertificateBatch.class_id == class_id)
    return session.scalar(
        query.order_by(CertificateBatch.asked_at.desc(), CertificateBatch.id.desc()).limit(1)
    )


def _view(session: Session, batch: CertificateBatch) -> BatchView:
    if batch.finished_at is None:
        return BatchView("working", batch.done, batch.total)
    failed: tuple[str, ...] = ()
    if batch.done < batch.total:
        missing = session.scalars(_missing(batch.class_id))
        failed = tuple(one.holder_name for one in missing)
    return BatchView("done", batch.done, batch.total, failed)


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    certificate: Certificate,
    fields: Sequence[str],
    now: datetime,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="certificate",
        object_id=certificate.id,
        on_behalf_of=certificate.person_id,
        fields_read=fields,
    )

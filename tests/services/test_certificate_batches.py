"""The files of a whole class: one batch at a time, survives restarts, fails by name."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    AuditEvent,
    Certificate,
    CertificateBatch,
    CertificateFile,
    Institution,
    TrainingClass,
)
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import SYSTEM, Role
from portal.services import certificate_batches, certificate_files
from portal.services.certificate_batches import ClassNotClosed, NothingToDraw
from portal.tasks import certificates as task
from portal.tasks.registry import run_task
from tests.support import factories as make
from tests.support.acts import together
from tests.support.batches import ClosedClass, closed_class
from tests.support.tasks import forget_all, jobs, run_pending


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session whose commits the tasks see."""
    with Session(engine, expire_on_commit=False) as made:
        yield made
    forget_all()


@pytest.fixture
def closed(saved: Session, now: datetime) -> ClosedClass:
    made = closed_class(saved, people=3, now=now)
    saved.commit()
    return made


def start(closed: ClosedClass, now: datetime):
    return in_transaction(
        lambda session: certificate_batches.start(
            session, closed.manager, class_id=closed.made.id, now=now
        )
    )


def look(closed: ClosedClass, now: datetime):
    return in_transaction(
        lambda session: certificate_batches.look(
            session, closed.manager, class_id=closed.made.id, now=now
        )
    )


def files_of(session: Session, closed: ClosedClass) -> dict[tuple[str, str], datetime]:
    session.rollback()
    rows = session.execute(
        select(Certificate.number, CertificateFile.form, CertificateFile.made_at)
        .join(Certificate, Certificate.id == CertificateFile.certificate_id)
        .where(Certificate.id.in_([one.id for one in closed.issued]))
    )
    return {(number, form): made_at for number, form, made_at in rows}


def test_a_tap_has_everybodys_files_drawn_in_the_background(
    saved: Session, closed: ClosedClass, now: datetime
) -> None:
    assert look(closed, now).state == "none"
    begun = start(closed, now)
    assert (begun.state, begun.done, begun.total) == ("working", 0, 3)
    assert files_of(saved, closed) == {}
    assert run_pending(now=now) == ["draw_certificates"]
    done = look(closed, now)
    assert (done.state, done.done, done.total, done.failed) == ("done", 3, 3, ())
    expected = {(one.number, form) for one in closed.issued for form in ("pdf", "png")}
    assert set(files_of(saved, closed)) == expected


def test_two_taps_at_once_make_one_batch(
    saved: Session, closed: ClosedClass, now: datetime
) -> None:
    answers = together([lambda: start(closed, now)] * 4)
    assert {answer.total for answer in answers} == {3}
    count = select(func.count()).where(CertificateBatch.class_id == closed.made.id)
    assert saved.scalar(count) == 1
    assert len([job for job in jobs() if job.task_name == "draw_certificates"]) == 1


def test_a_restart_goes_on_where_it_was_and_draws_nothing_twice(
    saved: Session, closed: ClosedClass, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate_batches, "AT_ONCE", 1)
    start(closed, now)
    drawn = certificate_files.draw
    tries = iter(range(9))

    def dies(order):
        if next(tries) == 1:
            raise SystemExit  # the process is stopped in the middle
        return drawn(order)

    monkeypatch.setattr(certificate_files, "draw", dies)
    with pytest.raises(SystemExit):
        run_pending(now=now)
    assert len(files_of(saved, closed)) == 2
    assert (look(closed, now).state, look(closed, now).done) == ("working", 1)
    later = now + timedelta(minutes=1)
    batch = saved.scalars(
        select(CertificateBatch).where(CertificateBatch.class_id == closed.made.id)
    ).one()
    run_task("draw_certificates", {"batch_id": str(batch.id)}, now=later)
    made_at = files_of(saved, closed)
    assert look(closed, later).done == 3
    assert sorted(made_at.values()).count(now) == 2
    # Once more, as a queue may: nothing changes.
    run_task("draw_certificates", {"batch_id": str(batch.id)}, now=later + timedelta(hours=1))
    assert files_of(saved, closed) == made_at


def test_whoever_cannot_be_drawn_is_named_and_the_others_are_not_held_up(
    saved: Session, closed: ClosedClass, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, bad = certificate_files.draw, closed.issued[1]

    def fails(order):
        if order.certificate_id == bad.id:
            raise ValueError(order.document.holder_name)
        return drawn(order)

    monkeypatch.setattr(certificate_files, "draw", fails)
    start(closed, now)
    run_pending(now=now)
    view = look(closed, now)
    assert (view.state, view.done, view.total) == ("done", 2, 3)
    assert view.failed == (bad.holder_name,)
    read = saved.scalars(
        select(AuditEvent).where(AuditEvent.action == "certificate.batch_failed")
    ).all()
    assert {(one.on_behalf_of, tuple(one.fields_read)) for one in read} == {
        (bad.person_id, ("name",))
    }
    # Asked again, only the missing one is drawn.
    monkeypatch.setattr(certificate_files, "draw", drawn)
    later = now + timedelta(minutes=5)
    start(closed, later)
    run_pending(now=later)
    assert look(closed, later).failed == ()
    assert sorted(files_of(saved, closed).values()).count(later) == 2


def test_the_log_names_no_person(
    saved: Session,
    closed: ClosedClass,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(order):
        raise ValueError(order.document.holder_name)

    monkeypatch.setattr(certificate_files, "draw", fails)
    start(closed, now)
    run_pending(now=now)
    assert "ValueError" in caplog.text
    assert closed.issued[0].holder_name not in caplog.text


def test_a_revoked_certificate_is_left_out(
    saved: Session, closed: ClosedClass, now: datetime
) -> None:
    start(closed, now)
    gone = closed.issued[0]
    gone.status, gone.revoked_at = "revoked", now
    saved.commit()
    run_pending(now=now)
    assert (look(closed, now).done, look(closed, now).total) == (2, 2)
    assert gone.number not in {number for number, _ in files_of(saved, closed)}


def test_only_the_manager_of_the_class_may(
    saved: Session, closed: ClosedClass, now: datetime
) -> None:
    institution = saved.get_one(Institution, closed.made.institution_id)
    teacher = make.make_actor(saved, Role.INSTRUCTOR, institution=institution)
    stranger = make.make_actor(saved, Role.MANAGER, institution=make.make_institution(saved))
    saved.commit()
    acts = (certificate_batches.start, certificate_batches.look, certificate_batches.download)
    for actor, refusal in ((teacher, Forbidden), (stranger, NotFound)):
        for act in acts:
            with pytest.raises(refusal):
                act(saved, actor, class_id=closed.made.id, now=now)
    with pytest.raises(NotFound):
        certificate_batches.paper_of(
            saved,
            stranger,
            class_id=closed.made.id,
            certificate_id=closed.issued[0].id,
            now=now,
        )
    with pytest.raises(Forbidden):
        certificate_batches.next_orders(
            saved, closed.manager, batch_id=closed.made.id, after=None, now=now
        )
    saved.rollback()


def test_a_certificate_of_another_class_is_not_reached_through_an_own_one(
    saved: Session, closed: ClosedClass, now: datetime
) -> None:
    other = closed_class(saved, people=1, now=now)
    saved.commit()
    found = certificate_batches.paper_of(
        saved,
        closed.manager,
        class_id=closed.made.id,
        certificate_id=other.issued[0].id,
        now=now,
    )
    assert found is None
    order = certificate_files.order_of(saved, other.issued[0], now=now)
    with pytest.raises(NotFound):
        certificate_batches.keep_of(
            saved, closed.manager, class_id=closed.made.id, order=order, files={}, now=now
        )


def test_a_class_that_runs_or_without_certificates_has_nothing_to_make(
    saved: Session, closed: ClosedClass, now: datetime
) -> None:
    made = saved.get_one(TrainingClass, closed.made.id)
    made.status = "running"
    saved.flush()
    for act in (certificate_batches.start, certificate_batches.download):
        with pytest.raises(ClassNotClosed):
            act(saved, closed.manager, class_id=made.id, now=now)
    view = certificate_batches.look(saved, closed.manager, class_id=made.id, now=now)
    assert view.state == ""
    saved.rollback()
    empty = closed_class(saved, people=0, now=now)
    for act in (certificate_batches.start, certificate_batches.download):
        with pytest.raises(NothingToDraw):
            act(saved, empty.manager, class_id=empty.made.id, now=now)
    saved.rollback()


def test_each_person_sees_who_downloaded_the_own_certificate(
    saved: Session, closed: ClosedClass, now: datetime
) -> None:
    certificate_batches.download(saved, closed.manager, class_id=closed.made.id, now=now)
    rows = saved.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "certificate.batch_download",
            AuditEvent.actor_account_id == closed.manager.account_id,
        )
    ).all()
    assert {row.on_behalf_of for row in rows} == {one.person_id for one in closed.issued}
    assert all("id_no_masked" in row.fields_read for row in rows)
    saved.rollback()


def test_pruned_files_are_made_again_by_another_batch(
    saved: Session, closed: ClosedClass, now: datetime
) -> None:
    start(closed, now)
    run_pending(now=now)
    later = now + timedelta(days=31)
    task.forget_certificate_files(now=later)
    assert files_of(saved, closed) == {}
    start(closed, later)
    run_pending(now=later)
    assert len(files_of(saved, closed)) == 6
    saved.execute(delete(CertificateFile))
    saved.commit()
    assert certificate_batches.next_orders(
        saved, SYSTEM, batch_id=_newest(saved, closed), after=None, now=later
    )[1]


def _newest(session: Session, closed: ClosedClass):
    query = select(CertificateBatch.id).where(CertificateBatch.class_id == closed.made.id)
    return session.scalars(query.order_by(CertificateBatch.asked_at.desc())).first()

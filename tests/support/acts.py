"""What tests of enrolment, check-in and attendance share: people with logins, and races."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain.errors import PortalError
from portal.domain.permissions import Role
from portal.services import commitment
from portal.services.enrolment import EnrolmentView, enrol_now
from portal.services.unit import token_hash
from tests.support import factories as make

T = TypeVar("T")


def listed_class(session: Session, **fields: Any) -> TrainingClass:
    """A class of a listed institution, saved."""
    institution = fields.pop("institution", None) or make.make_institution(session)
    make.list_institution(session, institution)
    made = make.make_class(session, institution=institution, **fields)
    session.commit()
    return made


def trainee(session: Session, role: Role = Role.TRAINEE, **kwargs: Any) -> bytes:
    """The token hash of somebody new who is logged in, saved."""
    token = make.log_in(session, make.make_account(session, role, **kwargs))
    session.commit()
    return token_hash(token)


def enrol(who: bytes, class_id: UUID, *, key: str | None = None, **kwargs: Any) -> EnrolmentView:
    """Enrol with the commitment signed."""
    values: dict[str, Any] = {
        "commitment_version": commitment.current().version,
        "channel": "web",
        "now": make.NOW,
        # A full class refuses unless a test is about waiting.
        "wait": False,
    }
    return enrol_now(who, class_id, idempotency_key=key, **values | kwargs)


def together(acts: list[Callable[[], T]]) -> list[T | PortalError]:
    """Run all acts at once; each answer is a result or a refusal."""
    gate = Barrier(min(len(acts), 24))

    def run(act: Callable[[], T], waits: bool) -> T | PortalError:
        if waits:
            gate.wait(timeout=20)
        try:
            return act()
        except PortalError as error:
            return error

    with ThreadPoolExecutor(24) as pool:
        tasks = [pool.submit(run, act, n < gate.parties) for n, act in enumerate(acts)]
        return [task.result() for task in tasks]

"""What tests of the plain HTTP door share: people who can log in, and a class that meets."""

import itertools
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from markupsafe import escape
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.models import Account, Enrolment, Institution, Person, TrainingClass, TrainingSession
from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.checkin_code import Phase
from portal.domain.identity import make_demo_id
from portal.domain.permissions import Role
from portal.services.passwords import hash_password
from tests.support import factories as make

PASSWORD = "Demo-2026!"
MINUTE = timedelta(minutes=1)
START = make.NOW + 10 * MINUTE
_serial = itertools.count(1)

# What a person never reads: traces, and sentences of the frameworks.
FOREIGN = re.compile(
    "Traceback|Internal Server Error|Not Found|Method Not Allowed|Unprocessable|Bad Request"
    "|Field required|should be a valid|There was an error|sqlalchemy|psycopg|pydantic|starlette"
    "|fastapi|\\.py\\b|MissingSentence|Exception|StrictUndefined",
    re.IGNORECASE,
)


@lru_cache
def _hashed() -> str:
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class Someone:
    """An account with a password, and what its owner would type."""

    account: Account
    person: Person
    phone: str
    id_no: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return bearer(self.token)


def bearer(token: str) -> dict[str, str]:
    """The header of a device."""
    return {"authorization": f"Bearer {token}"}


def numbers() -> tuple[str, str]:
    """A phone and a document number that nobody else has."""
    serial = next(_serial)
    number = make_demo_id(date(1990, 1, 1) + timedelta(days=serial // 900), serial % 900)
    return f"138{serial:08d}", number


def someone(
    session: Session, role: Role = Role.TRAINEE, *, name: str = "王小强", **kwargs: Any
) -> Someone:
    """Somebody who is logged in, and can log in again by phone or number; saved."""
    vault, (phone, id_no) = get_vault(), numbers()
    person = make.make_person(
        session,
        name=name,
        id_no_hash=vault.lookup_hash("id_no", f"resident_id:{id_no}"),
        id_no_enc=vault.seal("id_no", id_no),
        phone_enc=vault.seal("phone", phone),
    )
    account = make.make_account(session, role, person=person, password_hash=_hashed(), **kwargs)
    account.phone_hash = vault.lookup_hash("phone", phone)
    token = make.log_in(session, account)
    session.commit()
    return Someone(account, person, phone, id_no, token)


@dataclass(frozen=True)
class Room:
    """A class that meets in ten minutes: one trainee on its roster, an instructor, a manager."""

    institution: Institution
    training_class: TrainingClass
    meeting: TrainingSession
    enrolment: Enrolment
    trainee: Someone
    instructor: Someone
    manager: Someone

    def code(self, at: datetime = make.NOW, phase: Phase = Phase.IN) -> str:
        """What the QR code on the screen holds after /c/."""
        return self._code(at, phase).token

    def digits(self, at: datetime = make.NOW, phase: Phase = Phase.IN) -> str:
        """The six digits beside it."""
        return self._code(at, phase).numeric

    def _code(self, at: datetime, phase: Phase) -> checkin_code.CheckInCode:
        key = checkin_code.session_key(get_vault().subkey("checkin"), self.meeting.id)
        return checkin_code.code_at(key, session_id=self.meeting.id, phase=phase, at=at)


def make_room(session: Session, *, start: datetime = START) -> Room:
    """A class of two sessions whose first begins at ``start``; saved."""
    institution = make.make_institution(session)
    make.list_institution(session, institution)
    of = make.make_class(session, institution=institution, first_start=start, status="running")
    trainee = someone(session)
    enrolment = make.enrol(session, trainee.person, of)
    instructor = someone(session, Role.INSTRUCTOR, institution=institution)
    manager = someone(session, Role.MANAGER, institution=institution)
    session.commit()
    meeting = make.sessions_of(session, of)[0]
    return Room(institution, of, meeting, enrolment, trainee, instructor, manager)


def classmate(session: Session, room: Room, **kwargs: Any) -> Someone:
    """Another trainee of the same class."""
    made = someone(session, **kwargs)
    make.enrol(session, made.person, room.training_class)
    session.commit()
    return made


def row_counts(session: Session) -> dict[str, int]:
    """How many rows every table has: what a GET must not change."""
    session.rollback()
    names = session.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    ).all()
    counted = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names)
    return dict(session.execute(text(counted)).tuples().all())


def events_of(session: Session, meeting_id: UUID) -> list[tuple[UUID, str]]:
    """Who signed in or out of a session: person and phase."""
    session.rollback()
    query = text("SELECT person_id, phase FROM attendance_event WHERE session_id = :id ORDER BY id")
    return [(row[0], row[1]) for row in session.execute(query, {"id": meeting_id})]


def mentions(html: str, sentence: str) -> bool:
    """Whether a sentence of the locale stands in a page, as the template escapes it."""
    return str(escape(sentence)) in html

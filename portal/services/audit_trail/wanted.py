"""What an auditor looks for in the trail: as it was typed, and as the database is asked."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    Certificate,
    Enrolment,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain.errors import BadInput
from portal.domain.names import name_key
from portal.locale import sentences, t
from portal.services.one_person import ids_of
from portal.services.people import document_hash
from portal.services.person_finding import documents_of
from portal.services.times import ZONE

ANY, BY, ABOUT = "any", "by", "about"
WAYS = (ANY, BY, ABOUT)
# People of one name who are looked for together; of more, a number tells who is meant.
MOST_NAMESAKES = 20
_ACTION, _PURPOSE = "admin.action.", "rights.purpose."
Things = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed, "" for anything: ``person`` is a whole name, ID number or phone, ``way``
    whether they acted or it was about them, ``action`` and ``purpose`` codes of the options,
    ``thing`` a class or certificate number or an id, ``since`` and ``until`` days, both counted."""

    person: str = ""
    way: str = ANY
    action: str = ""
    purpose: str = ""
    thing: str = ""
    since: str = ""
    until: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """Which of them narrow the search."""
        names = (field.name for field in fields(self) if field.name != "way")
        return tuple(name for name in names if getattr(self, name))


@dataclass(frozen=True, slots=True)
class Asked:
    """The same for the database; None stands for anything, nobody and nothing for an empty one."""

    people: tuple[UUID, ...] | None = None
    accounts: tuple[UUID, ...] | None = None
    way: str = ANY
    actions: tuple[str, ...] | None = None
    things: Things | None = None
    since: datetime | None = None
    until: datetime | None = None


def understand(session: Session, wanted: Wanted, *, now: datetime) -> Asked:
    """What is meant. Raises BadInput for days that are none and for too many of one name."""
    people = _people(session, wanted.person, now) if wanted.person else None
    since, until = _day(wanted.since, "since"), _day(wanted.until, "until")
    if since and until and until < since:
        raise BadInput("until", "trail.days")
    return Asked(
        people=people,
        accounts=None if people is None else _accounts(session, people),
        way=wanted.way if wanted.way in WAYS else ANY,
        actions=_actions(wanted.action, wanted.purpose),
        things=_things(session, wanted.thing) if wanted.thing else None,
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


def action_options() -> tuple[tuple[str, str], ...]:
    """Acts to choose from: a code, and its word; acts of one word are one option."""
    return _options(_ACTION)


def purpose_options() -> tuple[tuple[str, str], ...]:
    """What acts are for, likewise."""
    return _options(_PURPOSE)


def _options(prefix: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for key, word in sentences().items():
        if key.startswith(prefix) and not key.endswith(".other"):
            found.setdefault(word, key.removeprefix(prefix))
    return tuple((code, word) for word, code in sorted(found.items()))


def _actions(action: str, purpose: str) -> tuple[str, ...] | None:
    if not action and not purpose:
        return None
    known = {key.removeprefix(_ACTION) for key in sentences() if key.startswith(_ACTION)}
    if action:
        known &= _of_one_word(_ACTION, action)
    if purpose:
        kinds = _of_one_word(_PURPOSE, purpose)
        known = {one for one in known if one.partition(".")[0] in kinds}
    return tuple(sorted(known))


def _of_one_word(prefix: str, code: str) -> set[str]:
    words = {key: word for key, word in sentences().items() if key.startswith(prefix)}
    word = words.get(prefix + code)
    return {key.removeprefix(prefix) for key, other in words.items() if other == word}


def _people(session: Session, typed: str, now: datetime) -> tuple[UUID, ...]:
    if _is_number(typed):
        found = _by_number(session, typed, now)
    else:
        query = select(Person.id).where(Person.name_key == name_key(typed)).order_by(Person.id)
        found = session.scalars(query.limit(MOST_NAMESAKES + 1)).all()
        if len(found) > MOST_NAMESAKES:
            raise BadInput("person", "trail.namesakes", most=MOST_NAMESAKES)
    return tuple(dict.fromkeys(one for person in found for one in ids_of(session, person)))


def _is_number(typed: str) -> bool:
    return any(char.isdigit() for char in typed)


def _by_number(session: Session, typed: str, now: datetime) -> Iterable[UUID]:
    phone = get_vault().lookup_hash("phone", typed)
    found = list(session.scalars(select(Account.person_id).where(Account.phone_hash == phone)))
    try:
        hashes = [document_hash(one) for one in documents_of(typed, now)]
    except BadInput:
        return found
    return [*found, *session.scalars(select(Person.id).where(Person.id_no_hash.in_(hashes)))]


def _accounts(session: Session, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
    query = select(Account.id).where(Account.person_id.in_(people)).order_by(Account.id)
    return tuple(session.scalars(query))


def _things(session: Session, typed: str) -> Things:
    """A class with its sessions and enrolments, a certificate, or whatever has the id."""
    class_id = session.scalar(select(TrainingClass.id).where(TrainingClass.class_no == typed))
    if class_id is not None:
        return _of_class(session, class_id)
    certificate = session.scalar(select(Certificate.id).where(Certificate.number == typed))
    if certificate is not None:
        return (("certificate", str(certificate)),)
    try:
        return (("", str(UUID(typed))),)
    except ValueError:
        return ()


def _of_class(session: Session, class_id: UUID) -> Things:
    sessions = select(TrainingSession.id).where(TrainingSession.class_id == class_id)
    enrolments = select(Enrolment.id).where(Enrolment.class_id == class_id)
    return (
        ("training_class", str(class_id)),
        *(("training_session", str(one)) for one in session.scalars(sessions)),
        *(("enrolment", str(one)) for one in session.scalars(enrolments)),
    )


def _day(typed: str, field: str) -> date | None:
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        raise BadInput(field, "trail.day") from None
    if not 2000 <= found.year <= 2199:
        raise BadInput(field, "trail.day")
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def said(wanted: Wanted) -> str:
    """The search in one sentence, for the export; without it everything."""
    words = {
        # Of a number the last digits: the file goes from hand to hand.
        "person": f"*{wanted.person[-4:]}" if _is_number(wanted.person) else wanted.person,
        "action": dict(action_options()).get(wanted.action, wanted.action),
        "purpose": dict(purpose_options()).get(wanted.purpose, wanted.purpose),
        "thing": wanted.thing,
        "since": wanted.since,
        "until": wanted.until,
    }
    parts = [t(f"trail.said.{name}", value=words[name]) for name in wanted.named]
    if wanted.person and wanted.way in (BY, ABOUT):
        parts.append(t(f"trail.way.{wanted.way}"))
    return t("trail.said.and").join(parts) or t("trail.said.all")

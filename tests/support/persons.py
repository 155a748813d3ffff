"""People with whole ID numbers, and two records that one officer asks to merge and another does."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Person
from portal.db.vault import get_vault
from portal.domain.identity import make_demo_id
from portal.domain.permissions import Actor, Role
from portal.services import person_merge_requests, person_merges
from portal.services.person_merge_asked import RequestView
from portal.services.person_merges import MergeView
from tests.support import factories as make
from tests.support.factories import NOW

_used = iter(range(1_000))
BORN = date(1988, 2, 29)
WHY = "本人持身份证到窗口说明"
CHECKED = "核对了两份报名材料"


def fresh_number(born: date = BORN) -> str:
    """A valid ID number that nobody in these tests has yet."""
    return make_demo_id(born, next(_used))


def resident(session: Session, *, number: str = "", **fields: Any) -> Person:
    """Somebody of Turpan whose document number is known to the test by ``number_of``."""
    number, vault = number or fresh_number(), get_vault()
    values: dict[str, Any] = {
        "id_no_hash": vault.lookup_hash("id_no", f"resident_id:{number}"),
        "id_no_enc": vault.seal("id_no", number),
        "birth_date": BORN,
        "residence_region": "650402",
    }
    return make.make_person(session, **values | fields)


def number_of(person: Person) -> str:
    """The whole number of the document."""
    return get_vault().open("id_no", person.id_no_enc)


def officer(session: Session, **kwargs: Any) -> Actor:
    """An officer of Turpan unless told otherwise."""
    return make.make_actor(session, Role.OFFICER, **kwargs)


def trainee(session: Session, person: Person) -> Actor:
    """Whoever logs in with the account of a record."""
    return make.make_actor(session, person=person)


def asked(
    session: Session, by: Actor, kept: Person, other: Person, *, now: datetime = NOW
) -> RequestView:
    """The officer compared the two and asks to merge them; saved."""
    ids: dict[str, UUID] = {"kept_id": kept.id, "merged_id": other.id}
    seen = person_merges.preview(session, by, **ids, now=now).seen
    made = person_merge_requests.ask(session, by, **ids, reason=WHY, seen=seen, now=now)
    session.commit()
    return made


def confirmed(
    session: Session, by: Actor, request: RequestView, *, now: datetime = NOW
) -> MergeView:
    """Another officer read the same and confirms it; saved."""
    seen = person_merge_requests.check(session, by, request_id=request.id, now=now).preview.seen
    done = person_merge_requests.confirm(
        session, by, request_id=request.id, reason=CHECKED, seen=seen, now=now
    )
    session.commit()
    return done


def merged(
    session: Session,
    kept: Person,
    other: Person,
    *,
    by: Actor | None = None,
    now: datetime = NOW,
) -> MergeView:
    """The other one counts as the kept one from now on; saved. ``by`` is who confirms it.

    With an account on each it is refused. Where a test gave both one, that of the other sleeps
    meanwhile: what a login of a merged record may do is asked of it afterwards all the same.
    """
    sleeping = session.scalar(
        select(Account).where(Account.person_id == other.id, Account.status == "active")
    )
    if sleeping is not None:
        sleeping.status = "closed"
        session.flush()
    request = asked(session, officer(session), kept, other, now=now)
    done = confirmed(session, by or officer(session), request, now=now)
    if sleeping is not None:
        sleeping.status = "active"
    session.commit()
    return done

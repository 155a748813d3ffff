"""People of the talent pool, named with half a name, for a reason that each of them reads."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent
from portal.domain.errors import BadInput, NotFound, PortalError
from portal.domain.levels import SkillLevel
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.domain.small_groups import LEAST
from portal.locale import t
from portal.policies import reference
from portal.policies.regions import NATIONAL
from portal.services import audit, notices, talent, talent_sql
from portal.services.reasons import clean_reason
from portal.services.scope import the_area
from portal.services.talent import TalentQuery

SHOWN = 50
FIELDS = ("name_masked", "occupation", "level", "residence")
# Nobody is asked by the same authority every day.
ASK_AGAIN = timedelta(days=7)
TOLD = "talent.tell"


class AskedAlready(PortalError):
    """The same authority asked the same person some days ago."""

    key = "talent.asked_already"
    code = "too_many_attempts"
    status = 429


@dataclass(frozen=True, slots=True)
class Talent:
    """Somebody as the list shows them; ``holds`` are certificates in words, the highest first."""

    person_id: UUID
    name_masked: str
    region: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TalentList:
    """People who fit. ``too_few``: so few that the list would point at somebody; ``more``: there
    are others, and the question should be narrower."""

    people: tuple[Talent, ...] = ()
    too_few: bool = False
    more: bool = False


def list_people(
    session: Session, actor: Actor, *, query: TalentQuery, reason: str, now: datetime
) -> TalentList:
    """The people who fit, if they are at least five. Each of them reads who looked and why.

    Raises BadInput for a reason that says nothing and for a part outside the officer's area.
    """
    actor.require(Permission.SEARCH_TALENT)
    reason = clean_reason(reason, shortest=4)
    found = _found(session, the_area(actor), query, now)
    shown = found[:SHOWN] if len(found) >= LEAST else []
    audit.record(
        session,
        actor,
        "talent.list",
        now=now,
        object_type="region",
        object_id=the_area(actor),
        reason=reason,
        detail=asdict(query) | {"shown": len(shown)},
    )
    for one in shown:
        audit.record(
            session,
            actor,
            "talent.read",
            now=now,
            object_type="person",
            object_id=one.person_id,
            on_behalf_of=one.person_id,
            fields_read=FIELDS,
            reason=reason,
        )
    return TalentList(tuple(shown), len(found) < LEAST, len(found) > SHOWN)


def pass_on(
    session: Session, actor: Actor, *, person_id: UUID, message: str, now: datetime
) -> None:
    """Tell somebody of the pool that the authority would like to talk; no number changes hands.

    Raises BadInput, NotFound for whoever is not in the pool or area (any more), AskedAlready.
    """
    actor.require(Permission.SEARCH_TALENT)
    message = clean_reason(message, shortest=4)
    area = the_area(actor)
    one = talent.params(area, now) | {"who": person_id}
    if session.execute(talent_sql.ONE, one).first() is None:
        raise NotFound
    if _asked_lately(session, actor, person_id, now):
        raise AskedAlready(days=ASK_AGAIN.days)
    office = _office(area)
    params = {"office": office, "message": message}
    notices.tell(session, person_id, "talent_wanted", params=params, now=now)
    audit.record(
        session,
        actor,
        TOLD,
        now=now,
        object_type="person",
        object_id=person_id,
        on_behalf_of=person_id,
        reason=message,
    )
    session.flush()


def _asked_lately(session: Session, actor: Actor, person_id: UUID, now: datetime) -> bool:
    query = select(AuditEvent.id).where(
        AuditEvent.on_behalf_of == person_id,
        AuditEvent.action == TOLD,
        AuditEvent.actor_account_id == actor.account_id,
        AuditEvent.at > now - ASK_AGAIN,
    )
    return session.scalar(query.limit(1)) is not None


def _found(session: Session, area: str, query: TalentQuery, now: datetime) -> list[Talent]:
    """Everybody who fits, each once, whoever holds the highest level first."""
    columns = talent.parts_of(area)
    if query.part and query.part not in columns:
        raise BadInput("part", "talent.unknown_part")
    known = {"area": area, "columns": list(columns)}
    rows = session.execute(talent_sql.PEOPLE, talent.params(area, now) | asdict(query) | known)
    people: dict[UUID, Talent] = {}
    for row in rows:
        before = people.get(row.who)
        line = _line(row.family, row.level, row.kind)
        holds = (*before.holds, line) if before else (line,)
        people[row.who] = Talent(
            person_id=row.who,
            name_masked=mask_name(row.name),
            region=reference.local_name(row.region),
            holds=tuple(dict.fromkeys(holds)),
        )
    return list(people.values())


def _line(family: str, level: int | None, kind: str) -> str:
    words = [talent.occupation_name(family)]
    if level:
        words.append(SkillLevel(level).printed_name)
    return " · ".join((*words, t(f"certificate.kind.{kind}")))


def _office(area: str) -> str:
    name = t("admin.whole_country") if area == NATIONAL else reference.region_name(area)
    return t("certificate.authority_name", region=name)

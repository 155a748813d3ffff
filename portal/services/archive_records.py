"""Lines that the portal writes by itself or an authority adds: money, work, awards, service.

One fact is one line: ``ref_id`` is the row that tells of it, and the database takes it once.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, ClaimLine, Person, PersonFact, SubsidyClaim
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.reference import NATIONAL
from portal.services import archive_chain as chain
from portal.services import archive_honours, audit, facts_scope
from portal.services.advancement.suggesting import suggest
from portal.services.archive_honours import NOTHING_TOLD, Won
from portal.services.competitions import Competition, filed
from portal.services.times import day_of

# What an officer adds; everything else is written by the act that it tells of.
ADDED = (chain.AWARD, chain.COMPETITION, chain.MILITARY)
_LONGEST = 120


def add_record(
    session: Session,
    actor: Actor,
    *,
    person_id: UUID,
    kind: str,
    title: str,
    issuer: str,
    occurred_on: date,
    won: Won = NOTHING_TOLD,
    detail: dict[str, Any] | None = None,
    now: datetime,
) -> ArchiveEntry:
    """Put an award, a competition or military training into somebody's archive.

    ``issuer`` says who gave or held it. What has a certificate of ours has its line already. A
    competition is one of the published list of its year: it bears the list's name and number, and
    the list's host where no ``issuer`` is told (M18). What the rules make of it waits for a
    person's decision (``advancement``). The same again adds nothing. Raises BadInput (kind, title,
    issuer, occurred_on, place, grade, occupation), NotFound outside the officer's region,
    Forbidden for the officer's own archive.
    """
    actor.require(Permission.ISSUE_CERTIFICATES)
    if kind not in ADDED:
        raise BadInput("kind", "archive.refused.kind")
    if occurred_on > day_of(now):
        raise BadInput("occurred_on", "archive.refused.future")
    listed = _listed(session, actor, kind, title, occurred_on)
    if listed is not None:
        title, issuer = listed.name, issuer or listed.host
    named = _clean("title", title), _clean("issuer", issuer)
    honour = archive_honours.read(kind, won, listed)
    held = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    person = session.scalar(held)
    if person is None:
        raise NotFound
    facts_scope.check_reach(session, actor, person)
    known = _same(session, person_id, kind, *named, occurred_on)
    if known is not None:
        _check_same_place(known, won)
        return known
    line = chain.append(
        session,
        person_id=person_id,
        kind=kind,
        ref_id=new_id(),
        occurred_on=occurred_on,
        title=named[0],
        institution_name=named[1],
        hours=None,
        detail=(detail or {}) | honour.detail | {"subject": kind, "status": "recorded"},
        now=now,
    )
    audit.record(
        session,
        actor,
        "archive.add_record",
        now=now,
        object_type="archive_entry",
        object_id=line.id,
        on_behalf_of=person_id,
        detail={"kind": kind},
    )
    if honour.merit is not None:
        code = honour.occupation_code
        suggest(session, actor, line=line, merit=honour.merit, occupation_code=code, now=now)
    return line


def _listed(
    session: Session, actor: Actor, kind: str, title: str, held_on: date
) -> Competition | None:
    if kind != chain.COMPETITION:
        return None
    region = actor.region_code or NATIONAL
    return filed(session, title=title, region=region, held_on=held_on)


def _clean(name: str, raw: str) -> str:
    told = " ".join(raw.split())
    if not told or len(told) > _LONGEST or not told.isprintable():
        raise BadInput(name, "archive.refused.text", longest=_LONGEST)
    return told


def _check_same_place(known: ArchiveEntry, won: Won) -> None:
    """Another place is no second line: what was written down wrongly is put right."""
    if won.place is not None and won.place != known.detail.get("place"):
        before = known.detail.get("note") or t("archive.unplaced")
        raise BadInput("place", "archive.refused.placed", before=before)


def _same(
    session: Session, person_id: UUID, kind: str, title: str, issuer: str, occurred_on: date
) -> ArchiveEntry | None:
    return session.scalar(
        select(ArchiveEntry)
        .where(ArchiveEntry.person_id == person_id, ArchiveEntry.kind == kind)
        .where(ArchiveEntry.title == title, ArchiveEntry.institution_name == issuer)
        .where(ArchiveEntry.occurred_on == occurred_on)
        .limit(1)
    )


def subsidy_paid(
    session: Session,
    line: ClaimLine,
    claim: SubsidyClaim,
    *,
    title: str,
    payee: str,
    fund: str,
    now: datetime,
) -> None:
    """The money that a claim line asked for went out: one line, however often it is settled.

    ``payee`` is whom it was paid to, empty for the person; ``fund`` where it came from.
    """
    if _line_about(session, chain.SUBSIDY, line.id) is not None:
        return
    chain.append(
        session,
        person_id=line.person_id,
        kind=chain.SUBSIDY,
        ref_id=line.id,
        occurred_on=day_of(now),
        title=t("archive.subsidy_title", kind=t(f"rules.payment.{claim.kind}"), title=title),
        institution_name=payee,
        hours=None,
        detail={
            "subject": chain.SUBSIDY,
            "status": "paid",
            "subsidy_kind": claim.kind,
            "amount_fen": line.amount_fen,
            "fund": fund,
            "payee": payee or t("archive.payee_self"),
            "payee_type": claim.payee_type,
            "enrolment_id": str(line.enrolment_id),
        },
        now=now,
    )


def subsidy_taken_back(session: Session, line: ClaimLine, *, reason: str, now: datetime) -> None:
    """A line that was paid was taken out of its claim: said in place of the line about it."""
    paid = _line_about(session, chain.SUBSIDY, line.id)
    if paid is not None:
        _follow_up(session, paid, status="taken_back", reason=reason, now=now)


def employment_verified(session: Session, fact: PersonFact, *, now: datetime) -> None:
    """An authority found that somebody works where they said."""
    value = fact.value
    since = date.fromisoformat(value.get("hired_on") or fact.valid_from.isoformat())
    chain.append(
        session,
        person_id=fact.person_id,
        kind=chain.EMPLOYMENT,
        ref_id=fact.id,
        occurred_on=since,
        title=t("archive.employment_title"),
        institution_name=str(value.get("employer_name") or ""),
        hours=None,
        detail={
            "subject": chain.EMPLOYMENT,
            "status": "verified",
            "starts_on": since.isoformat(),
            "employer_uscc": value.get("employer_uscc"),
            "stated_by": fact.source,
        },
        now=now,
    )


def employment_ended(session: Session, fact: PersonFact, *, reason: str, now: datetime) -> None:
    """What was verified is over; does nothing where no line tells of it."""
    line = _line_about(session, chain.EMPLOYMENT, fact.id)
    if line is not None:
        last = fact.valid_to or day_of(now)
        changed = {"ends_on": max(last, line.occurred_on).isoformat()}
        _follow_up(session, line, status="ended", reason=reason, now=now, **changed)


def _line_about(session: Session, kind: str, ref_id: UUID) -> ArchiveEntry | None:
    return session.scalar(
        select(ArchiveEntry).where(ArchiveEntry.kind == kind, ArchiveEntry.ref_id == ref_id)
    )


def _follow_up(
    session: Session,
    line: ArchiveEntry,
    *,
    status: str,
    reason: str,
    now: datetime,
    **changed: str,
) -> None:
    """Supersede a line, once, by one that says what became of it."""
    if _line_about(session, chain.CORRECTION, line.id) is not None:
        return
    chain.append(
        session,
        person_id=line.person_id,
        kind=chain.CORRECTION,
        ref_id=line.id,
        occurred_on=line.occurred_on,
        title=line.title,
        institution_name=line.institution_name,
        hours=line.hours,
        detail=line.detail | {"status": status, "reason": reason} | changed,
        now=now,
        supersedes=line.id,
    )

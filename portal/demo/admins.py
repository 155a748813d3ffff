"""What the demo shows of keeping institutions and accounts: two administrators, an institution
that was warned and put things right, one that asks to be admitted, an auditor and an officer who
wait for consent."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, ListingDecision
from portal.demo import cast, extras, officers
from portal.demo.cast import Cast
from portal.demo.seeds import PersonSeed, institutions, made_uscc
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services.listings import admission, decisions
from portal.services.staff import invitations
from portal.services.times import day_of

SYSTEM, SECURITY = 205, 206
# Beyond the indexes of everybody else who joined after the cast.
_INDEXES = {SYSTEM: 995, SECURITY: 996}
_ROLES = {SYSTEM: Role.SYSTEM_ADMIN, SECURITY: Role.SECURITY_ADMIN}
# Somebody of the demo whose phones nobody has.
_INVITED = {209: (Role.AUDITOR, cast.REGION), 210: (Role.OFFICER, cast.HOME_COUNTY)}


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """All of it, once."""
    system = _admin(session, SYSTEM, now)
    _admin(session, SECURITY, now)
    if session.scalar(select(ListingDecision.id).limit(1)) is not None:
        return
    officer, _ = officers.ensure(session, now=now)
    _decisions(session, everybody, officer, now)
    _application(session, officer, now - timedelta(days=3))
    for number, (role, region) in _INVITED.items():
        invitations.invite(
            session,
            system,
            role=role.value,
            name=t(f"demo.admins.{role.value}"),
            phone=cast.phone(number),
            region_code=region,
            reason=t(f"demo.admins.why_{role.value}"),
            now=now,
        )


def _admin(session: Session, number: int, now: datetime) -> Actor:
    role = _ROLES[number]
    found = extras.find(session, role, number) or _make(session, number, now)
    return Actor(
        role, account_id=found.id, person_id=found.person_id, region_code=found.region_code
    )


def _make(session: Session, number: int, now: datetime) -> Account:
    index, role = _INDEXES[number], _ROLES[number]
    seed = PersonSeed(index, "", t(f"demo.admins.{role.value}"), date(1982, 3, number - 200), "2")
    return extras.make(session, role, number, seed, region_code=cast.REGION, now=now)


def _decisions(session: Session, everybody: Cast, officer: Actor, now: datetime) -> None:
    """An institution of Turpan was warned, and is as it was."""
    seeds = institutions()
    turpan = cast.REGION[:4]
    where = next(
        staff.institution_id
        for key, staff in sorted(everybody.staff.items(), reverse=True)
        if key != cast.HOME and seeds[key].region_code.startswith(turpan)
    )
    for to, days in (("warning", 40), ("listed", 12)):
        at = now - timedelta(days=days)
        decisions.decide(
            session,
            officer,
            institution_id=where,
            to=to,
            reason=t(f"demo.admins.why_{to}"),
            document_no=t("demo.admins.document", year=at.year, no=60 - days),
            effective_on=day_of(at),
            now=at,
        )


def _application(session: Session, officer: Actor, at: datetime) -> None:
    fields = {
        "uscc": made_uscc("private", 9901),
        "name": t("demo.admins.new_name"),
        "kind": "PRIVATE_INST",
        "ownership": "private",
        "license_no": t("demo.admins.new_license"),
        "region_code": cast.HOME_COUNTY,
        "address": t("demo.admins.new_address"),
        "contact_phone": "0995-0000000",
        "scope": t("demo.admins.new_scope"),
    }
    papers = [(t("listings.admit.paper_license"), t("demo.admins.new_license"))]
    refused = {"uscc": made_uscc("private", 9902), "name": t("demo.admins.other_name")}
    other = admission.apply(
        session, officer, fields=fields | refused, papers=papers, now=at - timedelta(days=20)
    )
    admission.refuse(
        session,
        officer,
        application_id=other,
        reason=t("demo.admins.why_refused"),
        now=at - timedelta(days=9),
    )
    key = admission.apply(session, officer, fields=fields, papers=papers, now=at)
    admission.note_visit(
        session,
        officer,
        application_id=key,
        visited_on=day_of(at + timedelta(days=1)),
        visited_by=t("demo.admins.visitors"),
        passed=True,
        note=t("demo.admins.visit_note"),
        now=at + timedelta(days=1),
    )

"""People of the demo who share a part of their archive, and who joined the talent pool."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, Certificate, ConsentRecord, Person, ShareView
from portal.demo import cast
from portal.demo.cast import Cast
from portal.domain.levels import SkillLevel
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.locale import t
from portal.services import issuance, issuers, share_records, shares, talent_consent
from portal.services.share_fields import USUAL, check_choice
from portal.services.times import day_of

# 13900000005 to 13900000011 hold a certificate of skill level; the last is the only one of the
# highest level, whom the counts must not give away.
_SKILLED = range(4, 11)
_SHARER = 4
_OCCUPATION = ("6-31-01-03", "电工")


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Certificates, memberships and links, once; again changes nothing."""
    people = [everybody.trainees[index] for index in _SKILLED]
    joined = select(ConsentRecord.id).where(
        ConsentRecord.person_id == people[0], ConsentRecord.purpose == talent_consent.PURPOSE
    )
    if session.scalar(joined.limit(1)) is not None:
        return
    for number, person_id in enumerate(people, 1):
        level = SkillLevel.TECHNICIAN if number == len(people) else SkillLevel.INTERMEDIATE
        _certify(session, person_id, level, number, now)
        actor = _actor(session, person_id)
        talent_consent.join(session, actor, version=talent_consent.VERSION, now=now)
    _share(session, _actor(session, everybody.trainees[_SHARER]), now)


def _actor(session: Session, person_id: UUID) -> Actor:
    account = session.scalars(select(Account).where(Account.person_id == person_id)).one()
    return Actor(Role.TRAINEE, account_id=account.id, person_id=person_id)


def _certify(
    session: Session, person_id: UUID, level: SkillLevel, number: int, now: datetime
) -> None:
    """A certificate of skill level that the authority put on record, with a made-up number."""
    person = session.get_one(Person, person_id)
    key = issuers.of_authority(session, cast.REGION, now=now)
    code, name = _OCCUPATION
    made = Certificate(
        id=new_id(),
        # As reference B5.1 has it: an assessing body that is none, province 65, year, level.
        number=f"S0000{cast.REGION[:2]}000000{now.year % 100:02d}{level.code}{number:06d}",
        version=1,
        printing=1,
        kind="LEVEL",
        region_code=cast.REGION,
        person_id=person_id,
        institution_name=key.issuer_name,
        institution_uscc="",
        holder_name=person.name,
        title=f"{name}（{level.short_name}）",
        occupation_code=code,
        occupation_name=name,
        level=int(level),
        result=t("certificate.passed"),
        issued_on=day_of(now) - timedelta(days=200),
        status="draft",
        holder_salt=issuance.new_salt(),
        created_at=now,
    )
    issuance.put_in_force(session, SYSTEM, made, key, now=now)


def _share(session: Session, actor: Actor, now: datetime) -> None:
    """A link that was looked at, one with a code, and one that was taken back."""
    found = share_records.records_of(session, actor.the_person())
    certificates = tuple(one.id for one in found.certificates[:1])
    classes = tuple(one.id for one in found.classes[:2])
    fields = USUAL | {"totals.hours"}

    def link(title: str, days: int, at: datetime, code: str = "") -> shares.LinkView:
        choice = check_choice(
            certificates=certificates,
            classes=classes,
            fields=fields,
            days=str(days),
            code=code,
            title=title,
        )
        return shares.make(session, actor, choice=choice, now=at)

    seen = link(t("demo.share.seen"), 90, now - timedelta(days=5))
    for days, device in ((4, "wechat"), (3, "wechat"), (1, "windows")):
        at = now - timedelta(days=days, hours=2)
        session.add(ShareView(id=new_id(), link_id=seen.id, at=at, outcome="shown", device=device))
    link(t("demo.share.with_code"), 30, now - timedelta(days=1), code="4711")
    over = link(t("demo.share.taken_back"), 7, now - timedelta(days=9))
    session.flush()
    shares.revoke(session, actor, link_id=over.id, now=now - timedelta(days=6))

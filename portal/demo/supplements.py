"""Turpan's local supplement: an entry of every kind of answer, an ended one, one that the province
has taken into its own catalogue since, and who answers."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import SupplementEntry
from portal.demo import cast, extras, officers
from portal.demo.cast import Cast
from portal.demo.seeds import PersonSeed
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services.publication import contents, life, versions
from portal.services.publishing_programmes import KIND as BASE
from portal.services.supplements import answering, drafting, ending, filing
from portal.services.supplements.words import EntryForm
from portal.services.times import day_of

PROVINCE = 208
_REGION, _INDEX = "650000", 994
_PLAN, _TYPE = "turpan-2019:11", "ON_JOB_UP"
# Name in the locale, occupation, level, theory and practice, days since it was filed, answer.
_ENTRIES = (
    ("wine", "6-02-06-06", "2", "30", "50", 40, "accept"),
    ("guide", "4-13-01-05", "2", "50", "30", 30, "reject"),
    ("garden", "5-01-02-02", "2", "20", "60", 3, ""),
    ("inn", "4-14-06-02", "", "30", "50", None, ""),
    ("tasting", "品酒师", "2", "40", "40", 90, "end"),
    ("embroidery", "6-09-03-11", "2", "20", "60", 120, "cover"),
)
# What the province teaches under the same occupation, level and type, in a longer course.
_ABOVE: dict[str, Any] = {
    "code": "X-0603",
    "pack": "rural-revitalisation-2021",
    "plan": "6",
    "training_type": _TYPE,
    "occupation_code": "6-09-03-11",
    "level": 2,
    "planned_hours": 96,
    "theory_hours": 24,
    "practice_hours": 72,
    "fee_fen": 0,
    "certificate_kind": "TRAINING",
    "filing": None,
    "description": "",
}
_COVERED_AFTER = timedelta(days=70)


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Draft, file and answer once; again changes nothing."""
    city, _ = officers.ensure(session, now=now)
    province = province_officer(session, now=now)
    known = select(SupplementEntry.id).where(SupplementEntry.region_code == cast.REGION)
    if session.scalar(known.limit(1)) is not None:
        return
    # As it happened: the first that was accepted began the version.
    in_time = sorted(enumerate(_ENTRIES, 1), key=lambda one: -(one[1][5] or 0))
    for place, (number, entry) in enumerate(in_time, 1):
        name, subject, level, theory, practice, ago, answer = entry
        form = EntryForm(
            title=t(f"demo.supplement.{name}"),
            plan=_PLAN,
            training_type=_TYPE,
            subject=subject,
            level=level,
            theory_hours=theory,
            practice_hours=practice,
            why=t(f"demo.supplement.{name}_why"),
            code=f"TLF-B{number:02d}",
        )
        at = now - timedelta(days=ago or 0)
        made = drafting.draft(session, city, form=form, now=at)
        if ago is None:
            continue
        document = t("demo.supplement.doc", year=at.year, number=place)
        filing.file(session, city, entry_ids=[made], doc_no=document, now=at)
        if answer:
            act = answering.reject if answer == "reject" else answering.accept
            why = t(f"demo.supplement.{'reject' if answer == 'reject' else 'accept'}")
            later = at + timedelta(days=6)
            act(session, province, entry_id=made, round_no=1, reason=why, now=later)
        if answer == "end":
            _end(session, city, made, later + timedelta(days=60))
        if answer == "cover":
            _cover(session, province, later + _COVERED_AFTER)


def _end(session: Session, city: Actor, entry_id: UUID, at: datetime) -> None:
    document, why = t("demo.supplement.end_doc", year=at.year), t("demo.supplement.end")
    ending.end(session, city, entry_id=entry_id, doc_no=document, reason=why, now=at)


def _cover(session: Session, province: Actor, at: datetime) -> None:
    """The province's catalogue gains what the supplement has; its other entries stay."""
    former = versions.in_force(session, BASE, _REGION)
    if former is None:
        # Somebody has withdrawn it: nothing is above the supplement.
        return
    added = contents.entry_of(BASE, {**_ABOVE, "title": t("demo.supplement.above")})
    document = t("demo.supplement.above_doc", year=at.year)
    draft = versions.create_draft(
        session,
        kind=BASE,
        region_code=_REGION,
        entries=[*contents.read(session, former), added],
        doc_no=document,
        source_name=former.source_name,
        effective_from=day_of(at),
    )
    life.publish_version(
        session,
        province,
        version_id=draft.id,
        doc_no=document,
        effective_from=day_of(at),
        now=at,
    )


def province_officer(session: Session, *, now: datetime) -> Actor:
    """The officer of the province, who answers what cities file; made at the first call."""
    found = extras.find(session, Role.OFFICER, PROVINCE)
    if found is None:
        seed = PersonSeed(_INDEX, "", t("demo.officer.province"), date(1981, 6, 3), "1")
        found = extras.make(session, Role.OFFICER, PROVINCE, seed, region_code=_REGION, now=now)
    return Actor(
        Role.OFFICER,
        account_id=found.id,
        person_id=found.person_id,
        region_code=found.region_code,
    )

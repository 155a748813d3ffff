"""A city's supplement for tests: officers of both sides, the packs, a trade that is not there."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, SupplementEntry, TrainingPlan, TrainingProgramme
from portal.domain.permissions import Actor, Role
from portal.services.supplements import answering, drafting, filing
from portal.services.supplements.words import EntryForm
from tests.support import factories as make
from tests.support.policy import publish_packs

CITY, PROVINCE, COUNTRY = "650400", "650000", "000000"
DOC = "吐人社函〔2026〕5号"
ANSWER = "符合备案条件"
FORM = EntryForm(
    title="果酒酿造(初级)",
    plan="turpan-2019:11",
    training_type="ON_JOB_UP",
    subject="6-02-06-06",
    level="2",
    theory_hours="30",
    practice_hours="50",
    why="本地葡萄酒庄多，用工急需",
    code="BC-01",
)


def officer(session: Session, region: str = CITY) -> Actor:
    """An officer of a region."""
    return make.make_actor(session, Role.OFFICER, region_code=region)


def form(**fields: Any) -> EntryForm:
    """The form of an entry that can be filed, but for ``fields``."""
    return replace(FORM, **fields)


def drafted(session: Session, actor: Actor, **fields: Any) -> UUID:
    """A draft; the packs are published before."""
    publish_packs(session, commit=False)
    return drafting.draft(session, actor, form=form(**fields), now=make.NOW)


def filed(session: Session, actor: Actor, **fields: Any) -> UUID:
    """An entry that was filed once."""
    made = drafted(session, actor, **fields)
    filing.file(session, actor, entry_ids=[made], doc_no=DOC, now=make.NOW)
    return made


def accepted(session: Session, city: Actor, province: Actor, **fields: Any) -> UUID:
    """The programme of an entry that was filed and accepted."""
    made = filed(session, city, **fields)
    return answering.accept(
        session, province, entry_id=made, round_no=1, reason=ANSWER, now=make.NOW
    )


def row(session: Session, entry_id: UUID) -> SupplementEntry:
    """The entry as it stands."""
    session.expire_all()
    return session.get_one(SupplementEntry, entry_id)


def in_base(session: Session, *, region: str = PROVINCE, **fields: Any) -> TrainingProgramme:
    """An entry of the base catalogue of a region, in force."""
    plan = session.scalars(select(TrainingPlan).where(TrainingPlan.plan_no == "11")).first()
    found = session.scalar(
        select(CatalogVersion).where(
            CatalogVersion.kind == "programme",
            CatalogVersion.region_code == region,
            CatalogVersion.status == "published",
        )
    )
    version = found or make.make_catalog(
        session, "programme", region_code=region, status="published"
    )
    values = {"plan_id": plan.id} if plan else {}
    return make.make_programme(session, catalog_version_id=version.id, **values | fields)

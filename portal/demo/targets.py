"""Targets of the demo: what the officer made of this year, and tallies that are up to date."""

from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AnnualTarget, ClassChange
from portal.demo import officers
from portal.demo.cast import REGION
from portal.domain.permissions import SYSTEM
from portal.locale import t
from portal.policies.regions import child_regions
from portal.services.oversight import rebuilding, targets
from portal.services.times import day_of

_PACK = "turpan-2019"
# Line, the year's whole, and per mille of it for each county in the order of their codes.
_SPLIT = (
    ("target:training_total", 400, (450, 250, 200)),
    ("plan:6", 120, (500, 250, 250)),
    ("plan:10", 60, (400, 300, 200)),
)


def ensure(session: Session, *, now: datetime) -> None:
    """This year's targets, once; tallies, whenever something changed."""
    year = day_of(now).year
    if session.scalar(select(AnnualTarget.id).where(AnnualTarget.year == year).limit(1)) is None:
        _split(session, year, now)
    session.flush()
    if session.scalar(select(ClassChange.no).limit(1)) is not None:
        rebuilding.rebuild(session, SYSTEM, now=now)


def _split(session: Session, year: int, now: datetime) -> None:
    officer, _ = officers.ensure(session, now=now)
    for line, whole, shares in _SPLIT:
        part = partial(
            targets.set_part, session, officer, pack_id=_PACK, line=line, area=REGION, now=now
        )
        part(
            year=0,
            of_year=year,
            amount=whole,
            reason=t("demo.target.year"),
        )
        for county, share in zip(child_regions(REGION), shares, strict=False):
            part(
                year=year,
                region_code=county.code,
                amount=whole * share // 1_000,
                reason=t("demo.target.county"),
            )

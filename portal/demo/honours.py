"""Competitions that two trainees won: one suggestion waits for the office, one is decided."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Advancement
from portal.demo import officers
from portal.demo.cast import Cast
from portal.locale import t
from portal.services import archive_chain, competitions
from portal.services.advancement import deciding
from portal.services.archive_honours import Won
from portal.services.archive_records import add_record

# Trainee by place among the accounts from 0, the competition's number in the demo's list, its
# day, the place that was won, whether it is decided.
_WON = (
    (0, "TLF-JS-02", date(2026, 6, 20), 2, False),
    (1, "TLF-JS-03", date(2026, 9, 5), 1, True),
)


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Record and decide once; again changes nothing. A list of an earlier release names none."""
    officer, _ = officers.ensure(session, now=now)
    region = officer.region_code or ""
    for number, code, day, place, is_decided in _WON:
        listed = competitions.of_year(session, region=region, year=day.year)
        if code not in {one.number for one in listed}:
            continue
        line = add_record(
            session,
            officer,
            person_id=everybody.trainees[number],
            kind=archive_chain.COMPETITION,
            title=code,
            issuer="",
            occurred_on=day,
            won=Won(place=place),
            now=now,
        )
        made = session.scalar(select(Advancement).where(Advancement.entry_id == line.id))
        if is_decided and made is not None and made.state == "open":
            where = t("demo.honour.place")
            deciding.recommend(session, officer, advancement_id=made.id, place=where, now=now)

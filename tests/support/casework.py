"""A case with two officers, an institution and its manager, for tests of the case half."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Role
from portal.services.casework import findings, hearings, opening, recoveries, sanctions
from portal.services.casework.findings import Evidence
from portal.services.times import day_of
from tests.support import factories as make

NOW = make.NOW
TODAY = day_of(NOW)
DAY = timedelta(days=1)
WHY = "核对签到与现场照片"
PHOTO = (Evidence("photo", "现场照片 3 号", "教室空着"),)


class Bureau:
    """Two officers of Turpan, one elsewhere, an institution on the list and its manager."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.school = make.make_institution(session)
        make.list_institution(session, self.school)
        self.manager = make.make_actor(session, Role.MANAGER, institution=self.school)
        self.one = make.make_actor(session, Role.OFFICER)
        self.two = make.make_actor(session, Role.OFFICER)
        self.elsewhere = make.make_actor(session, Role.OFFICER, region_code="430100")

    def case(self, **kwargs: Any) -> UUID:
        values: dict[str, Any] = {
            "title": "签到与到场不符",
            "summary": "抽查时教室没有人",
            "institution_id": self.school.id,
            "now": NOW,
        }
        return opening.open_case(self.session, self.one, **values | kwargs)

    def grade(self, case_id: UUID, grade: str, **kwargs: Any) -> UUID:
        values: dict[str, Any] = {
            "what": "三节课没有上",
            "reason": WHY,
            "evidence": PHOTO,
            "now": NOW,
        }
        return findings.grade(
            self.session, self.one, case_id=case_id, grade=grade, **values | kwargs
        )

    def second(self, finding_id: UUID, actor: Actor | None = None, agree: bool = True) -> None:
        findings.second(
            self.session,
            actor or self.two,
            finding_id=finding_id,
            agree=agree,
            reason=WHY,
            now=NOW,
        )

    def hear(self, case_id: UUID, now: datetime = NOW) -> UUID:
        return hearings.ask(
            self.session, self.one, case_id=case_id, allegation="三节课没有上课", now=now
        )

    def heard(self, case_id: UUID) -> None:
        hearing = self.hear(case_id)
        hearings.state(
            self.session, self.manager, hearing_id=hearing, statement="教师请假，没有报", now=NOW
        )

    def sanction(self, case_id: UUID, kind: str, **kwargs: Any) -> UUID:
        values: dict[str, Any] = {
            "reason": "三节课没有上课",
            "document_no": "吐人社罚〔2026〕1号",
            "effective_on": TODAY,
            "due_on": TODAY + 10 * DAY if kind == "rectify" else None,
            "now": NOW,
        }
        return sanctions.decide(
            self.session, self.one, case_id=case_id, kind=kind, **values | kwargs
        )

    def fund(self) -> str:
        named = recoveries.funds(self.session, self.one, now=NOW)
        return named[0] if named else "就业补助资金"

    def owed(self, case_id: UUID, amount_fen: int = 100_00, **kwargs: Any) -> UUID:
        values: dict[str, Any] = {
            "fund": self.fund(),
            "reason": "没有上的课的补贴",
            "document_no": "吐人社追〔2026〕1号",
            "now": NOW,
        }
        return recoveries.open_for_case(
            self.session, self.one, case_id=case_id, amount_fen=amount_fen, **values | kwargs
        )


def later(days: int) -> tuple[datetime, date]:
    """A moment so many days on, and its day."""
    moment = NOW + days * DAY
    return moment, day_of(moment)

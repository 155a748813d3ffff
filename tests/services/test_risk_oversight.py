"""Officers see their own region by score, read reasons with people, and say what they found."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, RiskFinding, SessionScore
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.domain.risk.parameters import DEFAULT
from portal.locale import has
from portal.services import risk_findings, risk_oversight, risk_scores
from portal.services.risk_oversight import Wanted
from tests.support import factories as make
from tests.support.sign_ins import sign

START = make.NOW
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LATER = START + 3 * DAY


class Region:
    """Turpan with an odd class of one session, and an ordinary one."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.officer = make.make_actor(session, Role.OFFICER)
        self.odd = self.course(phones=1)
        self.plain = self.course(phones=14)

    def course(self, phones: int, region: str = "650402", at: Any = START) -> UUID:
        made = make.make_class(
            self.session, first_start=at, sessions=1, status="running", region_code=region
        )
        (meeting,) = make.sessions_of(self.session, made)
        for number in range(14):
            person = make.make_person(self.session, name=f"学员{number:02d}")
            place = make.enrol(self.session, person, made)
            came = at - (number * 37 % 14) * 83 * MINUTE / 60
            sign(self.session, meeting, place, came, device=bytes([number % phones]))
        risk_scores.score(self.session, SYSTEM, class_id=made.id, now=at + 2 * DAY)
        return meeting.id

    def ids(self, actor: Actor | None = None, **kwargs: Any) -> list[UUID]:
        found = risk_oversight.sessions(self.session, actor or self.officer, now=LATER, **kwargs)
        return [row.id for row in found.page.items]

    def see(self, actor: Actor | None = None, session_id: UUID | None = None) -> Any:
        return risk_findings.one_session(
            self.session, actor or self.officer, session_id=session_id or self.odd, now=LATER
        )

    def class_of(self, session_id: UUID) -> UUID:
        class_id: UUID = self.see(session_id=session_id).class_id
        return class_id

    def note(self, actor: Actor | None = None, **kwargs: Any) -> None:
        values = {"session_id": self.odd, "finding": "explained", "note": "问了三个人"}
        risk_findings.note_finding(
            self.session, actor or self.officer, **{**values, **kwargs}, now=LATER
        )


@pytest.fixture
def region(session: Session) -> Region:
    return Region(session)


def test_the_oddest_session_comes_first_with_its_weightiest_reason(region: Region) -> None:
    found = risk_oversight.sessions(region.session, region.officer, now=LATER)
    first, second = found.page.items
    assert (first.id, second.id) == (region.odd, region.plain)
    assert (first.above, second.above) == (True, False)
    assert first.why.startswith("1 部手机各给 3 个人以上签了到")
    assert (found.scored, found.above, found.line) == (2, 1, 40)
    assert found.regions == (("650402", "高昌区"),)


def test_an_officer_elsewhere_sees_none_of_it(region: Region) -> None:
    for code, count in (("653200", 0), ("650421", 0), ("650000", 2), ("000000", 2)):
        other = make.make_actor(region.session, Role.OFFICER, region_code=code)
        assert len(region.ids(other)) == count
    other = make.make_actor(region.session, Role.OFFICER, region_code="653200")
    class_id = region.class_of(region.odd)
    for act in (
        lambda: region.see(other),
        lambda: region.note(other),
        lambda: risk_findings.one_class(region.session, other, class_id=class_id, now=LATER),
        lambda: region.note(other, session_id=None, class_id=class_id),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_list_is_narrowed_by_region_words_and_days(region: Region) -> None:
    away = region.course(phones=14, region="650421")
    old = region.course(phones=14, at=START - 40 * DAY)
    assert set(region.ids()) == {region.odd, region.plain, away}
    assert region.ids(wanted=Wanted(region_code="650421")) == [away]
    assert old in region.ids(wanted=Wanted(days=90))
    name = risk_oversight.sessions(region.session, region.officer, now=LATER).page.items[0]
    assert region.ids(wanted=Wanted(q=name.institution_name)) == [region.odd]
    assert region.ids(wanted=Wanted(q=name.class_no.lower())) == [region.odd]
    assert region.ids(wanted=Wanted(q="_")) == []
    # A region that is not the officer's own narrows to nothing, never further.
    assert region.ids(wanted=Wanted(region_code="653201")) == []


def test_the_list_is_read_in_pages(region: Region) -> None:
    assert region.ids(page=1, size=1) == [region.odd]
    assert region.ids(page=2, size=1) == [region.plain]


def test_the_score_of_the_end_stands_before_that_of_the_day(region: Region) -> None:
    stages = {
        row.stage: row
        for row in region.session.scalars(
            select(SessionScore).where(SessionScore.session_id == region.odd)
        )
    }
    assert stages.keys() == {"day", "final"}
    stages["final"].points, stages["day"].points = 7, 99
    region.session.flush()
    assert region.see().points == 7
    assert {row.id: row.points for row in _rows(region)}[region.odd] == 7


def test_each_reason_says_what_was_seen_what_is_harmless_and_who(region: Region) -> None:
    view = region.see()
    assert sum(one.points for one in view.reasons) >= view.points
    shared = next(one for one in view.reasons if one.code == "shared_phone")
    assert (shared.name, shared.points, shared.most) == ("一部手机签很多人", 50, 50)
    assert shared.innocent.endswith("也会这样。")
    assert {person.name for person in shared.people} == {f"学员{n:02d}" for n in range(14)}
    assert all(person.signed.startswith("签到 ") for person in shared.people)
    assert view.methods == (("扫码", 14),)


def test_reading_names_is_audited_and_an_auditor_reads_parts_of_them(region: Region) -> None:
    auditor = make.make_actor(region.session, Role.AUDITOR)
    view = region.see(auditor)
    names = {person.name for one in view.reasons for person in one.people}
    assert names
    assert not any(name.startswith("学员") for name in names)
    assert not view.can_note
    events = region.session.scalars(select(AuditEvent).where(AuditEvent.action == "risk.read"))
    assert [(one.actor_account_id, one.object_id, one.fields_read) for one in events] == [
        (auditor.account_id, str(region.odd), ["name", "attendance"])
    ]


def test_a_class_shows_its_sessions_and_its_own_reasons(region: Region) -> None:
    class_id = region.class_of(region.odd)
    view = risk_findings.one_class(region.session, region.officer, class_id=class_id, now=LATER)
    assert [one.session_id for one in view.sessions] == [region.odd]
    assert view.sessions[0].points == region.see().points
    assert "odd_sessions" in {one.code for one in view.reasons}
    found = risk_oversight.classes(region.session, region.officer, now=LATER)
    assert [row.id for row in found.page.items] == [class_id, region.class_of(region.plain)]


def test_a_session_without_a_score_is_not_shown(region: Region) -> None:
    made = make.make_class(region.session, sessions=1)
    (meeting,) = make.sessions_of(region.session, made)
    with pytest.raises(NotFound):
        region.see(session_id=meeting.id)
    with pytest.raises(NotFound):
        risk_findings.one_class(region.session, region.officer, class_id=made.id, now=LATER)
    with pytest.raises(NotFound):
        region.note(session_id=meeting.id)


def test_the_officer_says_what_it_was_and_the_score_stays(region: Region) -> None:
    points = region.see().points
    region.note()
    region.note(finding="odd", note="手机号都是一个人的")
    view = region.see()
    assert [(one.finding, one.note) for one in view.findings] == [
        ("odd", "手机号都是一个人的"),
        ("explained", "问了三个人"),
    ]
    assert (view.points, view.findings[0].points) == (points, points)
    (row,) = [r for r in _rows(region) if r.id == region.odd]
    assert row.finding == "odd"
    events = region.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "risk.finding").order_by(AuditEvent.id)
    ).all()
    assert [one.reason for one in events] == ["问了三个人", "手机号都是一个人的"]


def _rows(region: Region) -> Any:
    return risk_oversight.sessions(region.session, region.officer, now=LATER).page.items


def test_a_finding_about_a_class_stands_at_the_class_only(region: Region) -> None:
    class_id = region.class_of(region.odd)
    region.note(session_id=None, class_id=class_id)
    assert region.see().findings == ()
    view = risk_findings.one_class(region.session, region.officer, class_id=class_id, now=LATER)
    assert len(view.findings) == 1
    found = risk_oversight.classes(region.session, region.officer, now=LATER)
    assert found.page.items[0].finding == "explained"


@pytest.mark.parametrize(
    "wrong",
    [{"finding": "guilty"}, {"finding": ""}, {"note": "短"}, {"note": "长" * 201}],
    ids=["unknown", "none", "short", "long"],
)
def test_a_finding_needs_a_word_and_a_note(region: Region, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        region.note(**wrong)


def test_only_officers_say_what_was_found(region: Region) -> None:
    for role in (Role.AUDITOR, Role.TRAINEE, Role.EMPLOYER):
        with pytest.raises(Forbidden):
            region.note(make.make_actor(region.session, role))
    with pytest.raises(Unauthenticated):
        region.note(ANONYMOUS)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.EMPLOYER, Role.HELPER])
def test_nobody_but_the_authority_reads_scores(region: Region, role: Role) -> None:
    actor = make.make_actor(region.session, role)
    for act in (lambda: region.ids(actor), lambda: region.see(actor)):
        with pytest.raises(Forbidden):
            act()


def test_the_institution_reads_no_score(region: Region) -> None:
    school = make.make_institution(region.session)
    for role in (Role.MANAGER, Role.INSTRUCTOR):
        actor = make.make_actor(region.session, role, institution=school)
        with pytest.raises(Forbidden):
            region.see(actor)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Region]:
    with Session(engine, expire_on_commit=False) as session:
        yield Region(session)
        session.rollback()


def test_a_finding_is_never_changed(saved: Region) -> None:
    saved.note()
    row = saved.session.scalars(select(RiskFinding)).first()
    assert row is not None
    row.note = "改掉"
    with pytest.raises(DBAPIError):
        saved.session.flush()


def test_every_reason_has_a_name() -> None:
    for code in (*DEFAULT.session, *DEFAULT.of_class):
        assert has(f"risk_page.name.{code}"), code

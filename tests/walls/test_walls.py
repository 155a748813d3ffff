"""Who stands outside sees nothing of a region and changes nothing, whatever act is called.

Acts are found by looking: a new one is tried like the others. It fails here when it answers a
stranger, or when nobody of the region gets past it with the ids that ``region`` has: then it needs
a row there, words in ``words``, or a reason in ``explained``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Base
from portal.domain.errors import PortalError
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.settings import ROOT
from tests.support import factories as make
from tests.walls.calls import Act, Outcome, all_acts, arguments, attempt
from tests.walls.explained import BEHIND, EXPLAINED, INNER, OWN, PUBLIC
from tests.walls.region import build
from tests.walls.words import VALUES

# The city, its province, the country; and whoever made a row.
INSIDE = ("650400", "650000", "000000")
# Another city, a county of the same city, another province.
OUTSIDE = ("370200", "650421", "370000")
ACTS = tuple(all_acts())


@dataclass
class Wall:
    """The region, officers on both sides of the wall, and how to know what is of the region."""

    engine: Engine
    values: dict[str, Any]
    inside: list[Actor]
    outside: list[Actor]
    others: dict[str, Actor]
    marks: re.Pattern[str]

    def call(self, act: Act, actor: Actor) -> Outcome:
        return attempt(self.engine, act, actor, arguments(act, self.values))

    def tells(self, outcome: Outcome) -> bool:
        return self.marks.search(outcome.words) is not None

    def best(self, act: Act) -> Outcome:
        """What the first of those inside gets who is not turned away."""
        found = self.call(act, self.inside[0])
        for actor in self.inside[1:]:
            if not found.is_refused or found.lacks:
                return found
            found = self.call(act, actor)
        return found


@pytest.fixture(scope="module")
def wall(engine: Engine) -> Wall:
    with Session(engine, expire_on_commit=False) as session:
        given = build(session)
        made = [one for one in given.values() if isinstance(one, Actor)]
        inside = [_officer(session, region) for region in (*INSIDE, INSIDE[0])]
        session.commit()
        marks = [*_ids(session), "王小强", r"王\*强", "示例职业培训学校"]
        outside = [_officer(session, region, name="外人") for region in OUTSIDE]
        others = _others(session)
        session.commit()
    others |= {"its reviewer": given["reviewer"], "anonymous": ANONYMOUS}
    inside += [one for one in made if one.role is Role.OFFICER]
    return Wall(engine, VALUES | given, inside, outside, others, re.compile("|".join(marks)))


def _others(session: Session) -> dict[str, Actor]:
    """Everybody else who has nothing to do with what is in the region."""
    school = make.make_institution(session, name="外校")
    wanted: dict[str, tuple[Role, dict[str, Any]]] = {
        "auditor": (Role.AUDITOR, {"region_code": INSIDE[0]}),
        "auditor elsewhere": (Role.AUDITOR, {"region_code": OUTSIDE[0]}),
        "system": (Role.SYSTEM_ADMIN, {"region_code": INSIDE[0]}),
        "system elsewhere": (Role.SYSTEM_ADMIN, {"region_code": OUTSIDE[0]}),
        "security": (Role.SECURITY_ADMIN, {"region_code": INSIDE[0]}),
        "security elsewhere": (Role.SECURITY_ADMIN, {"region_code": OUTSIDE[0]}),
        "reviewer": (Role.REVIEWER, {}),
        "manager": (Role.MANAGER, {"institution": school}),
        "instructor": (Role.INSTRUCTOR, {"institution": school}),
        "employer": (Role.EMPLOYER, {}),
        "helper": (Role.HELPER, {"region_code": OUTSIDE[0]}),
        "trainee": (Role.TRAINEE, {}),
    }
    return {
        name: make.make_actor(session, role, person=_person(session), **more)
        for name, (role, more) in wanted.items()
    }


def _person(session: Session, name: str = "外人") -> Any:
    return make.make_person(session, name=name)


def _officer(session: Session, region: str, name: str = "王小强") -> Actor:
    return make.make_actor(session, Role.OFFICER, region_code=region, person=_person(session, name))


def _ids(session: Session) -> Iterator[str]:
    """The ids of all rows that there are."""
    for table in Base.metadata.tables.values():
        for column in table.primary_key.columns:
            if "UUID" in str(column.type).upper():
                yield from map(str, session.scalars(select(column)))


def test_an_officer_of_another_region_sees_and_changes_nothing(wall: Wall) -> None:
    wrong = []
    for act in ACTS:
        if act.name in EXPLAINED:
            continue
        own = wall.best(act)
        if own.lacks:
            continue
        theirs = [wall.call(act, actor) for actor in wall.outside]
        if not own.is_refused and all(one.is_refused for one in theirs):
            wrong += [] if _got_through(own) else [(act.name, "cannot be called", str(own))]
            continue
        wrong += [(act.name, "nobody gets past it", str(own))] if not wall.tells(own) else []
        for one in theirs:
            if one.is_refused:
                continue
            if one.error or wall.tells(one) or one.wrote - {"audit_event"}:
                wrong.append((act.name, "answers a stranger", str(one)))
    if wrong:
        pytest.fail("\n".join(map(str, wrong)))


def _got_through(own: Outcome) -> bool:
    """Whether an act did something, or said why not: no call of ours that was never right."""
    return own.error is None or isinstance(own.error, PortalError)


def test_what_is_explained_is_there_and_does_need_explaining() -> None:
    assert EXPLAINED - {act.name for act in ACTS} == set()


def test_no_page_route_or_task_calls_what_checks_nothing_itself() -> None:
    texts = [
        path.read_text("utf-8")
        for layer in ("state", "http", "pages", "tasks")
        for path in (ROOT / "portal" / layer).rglob("*.py")
    ]
    called = {
        name
        for name in INNER | BEHIND
        for module, _, function in [name.rpartition(".")]
        if any(re.search(rf"\b{module.rpartition('.')[2]}\.{function}\b", one) for one in texts)
    }
    assert called == set()


# Whatever nobody needs a login for, and the portal's own key, made when it is first asked for.
_ANYBODY = {
    "accounts.log_in": {"login_attempt"},
    "casework.complaints.send": {"complaint"},
    "file_register.verify_file": {"issuer", "issuer_key"},
    "issuers.published": {"issuer", "issuer_key"},
}
# Everybody's own login and messages.
_LOGIN = _ANYBODY | {
    "accounts.log_out": {"login_session"},
    "notices.mark_all_read": {"notice"},
    "staff.second_step.begin_own": {"login_attempt"},
    "staff.second_step.renew_codes": {"login_attempt"},
}
_HELD = {"account", "account_hold", "login_session", "notice"}
# What each may change beyond that, and what of the region they read. The auditor's whole work is
# reading; whoever is not named here finds nothing.
WRITES: dict[str, dict[str, set[str]]] = {
    "system": {
        "staff.accounts_desk.change_region": {"account", "login_session", "notice"},
        "staff.accounts_desk.suspend": _HELD,
        "staff.invitations.invite": {"staff_invitation", "sms_message"},
    },
    "security": {
        "staff.security_desk.lock": _HELD,
        "staff.security_desk.log_out": {"login_session", "notice"},
    },
    "its reviewer": {"third_party.mine.find": {"review_finding"}},
    "manager": {"opening.drafting.start": {"class_opening"}},
    "trainee": {
        "account_closure.close": {"login_attempt"},
        "archive_export.export": {"issuer", "issuer_key"},
        "archive_prints.archive_document": {"archive_print", "issuer", "issuer_key"},
        "own_photo.set_photo": {"consent_record", "person_photo"},
        "passes.my_pass": {"person_pass"},
        "passes.renew": {"person_pass"},
    },
}
READS = {
    "auditor": """
        inspection_views.past
        inspections.inspection
        oversight.drilling.institution
        oversight.drilling.institutions
        oversight.drilling.training_class
        oversight.overview.overview
        oversight.targets.tree
        reports.reading.download
        reports.reading.report
        reports.reading.reports
        risk_findings.one_class
        risk_findings.one_session
        risk_oversight.classes
        risk_oversight.sessions
        supervision_institutions.institutions
        supervision_trail.read_trail
    """,
    "system": "staff.accounts_desk.kept",
    "security": "staff.security_desk.secured",
    "its reviewer": """
        third_party.mine.assignment
        third_party.mine.assignments
        third_party.reading.item
    """,
    # Classes that anybody may be sent to, and the programmes of the public catalogue.
    "employer": "rosters.upload_form rosters_scope.own_choices",
    "manager": "opening.views.programmes",
    "trainee": "eligibility.preflight own_check.asked",
}
WHO = (
    *("auditor", "auditor elsewhere", "system", "system elsewhere", "security"),
    *("security elsewhere", "reviewer", "its reviewer", "manager", "instructor", "employer"),
    *("helper", "trainee", "anonymous"),
)


@pytest.mark.parametrize("who", WHO)
def test_whoever_is_no_officer_changes_and_reads_what_stands_here(wall: Wall, who: str) -> None:
    actor = wall.others[who]
    allowed = (_LOGIN if actor.is_signed_in else _ANYBODY) | WRITES.get(who, {})
    wrong, told = [], set()
    for act in ACTS:
        found = wall.call(act, actor)
        if act.name in INNER | BEHIND or found.error is not None:
            continue
        if found.wrote - {"audit_event"} - allowed.get(act.name, set()):
            wrong.append((act.name, str(found)))
        if wall.tells(found) and act.name not in PUBLIC | OWN:
            told.add(act.name)
    assert (wrong, told) == ([], set(READS.get(who, "").split()))


def test_a_reviewer_reads_while_it_lasts_and_every_look_is_written_down(wall: Wall) -> None:
    reviewer, other = wall.others["its reviewer"], wall.others["reviewer"]
    acts = {act.name: act for act in ACTS if act.name.startswith("third_party.")}
    assert "audit_event" in wall.call(acts["third_party.reading.item"], reviewer).wrote
    for days in (-1, 15):
        later = replace(wall, values=wall.values | {"now": make.NOW + timedelta(days=days)})
        for act in acts.values():
            assert not wall.tells(later.call(act, reviewer)), act.name
            assert not later.call(act, reviewer).wrote - {"audit_event"}, act.name
    for act in acts.values():
        assert not wall.tells(wall.call(act, other)), act.name

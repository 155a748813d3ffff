"""Who stands outside sees nothing of a region and changes nothing, whatever act is called.

Acts are found by looking: a new one is tried like the others. It fails here when it answers a
stranger, or when nobody of the region gets past it with the ids that ``region`` has: then it needs
a row there, words in ``words``, or a reason in ``explained``.
"""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.domain.errors import PortalError
from portal.settings import ROOT
from tests.support import factories as make
from tests.walls.calls import Outcome, all_acts
from tests.walls.explained import BEHIND, EXPLAINED, INNER, OWN, PUBLIC
from tests.walls.wall import Wall

ACTS = tuple(all_acts())


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
_OUT = {"login_challenge", "login_session", "notice"}
_HELD = _OUT | {"account", "account_hold"}
# What each may change beyond that, and what of the region they read. The auditor's whole work is
# reading; whoever is not named here finds nothing.
WRITES: dict[str, dict[str, set[str]]] = {
    "system": {
        "staff.accounts_desk.suspend": _HELD,
        "staff.moves.propose": {"account_move", "notice"},
        "staff.invitations.invite": {"staff_invitation", "notice"},
    },
    "security": {
        "staff.security_desk.lock": _HELD,
        "staff.security_desk.log_out": _OUT,
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
        listings.applications.applications
        listings.applications.decided_ones
        listings.desk.institution_file
        listings.reach.file_href
        listings.reach.institution_seen
        oversight.drilling.institution
        oversight.drilling.institutions
        oversight.drilling.training_class
        oversight.overview.overview
        oversight.targets.tree
        reports.freezing.the_report
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
    "system": "staff.accounts_desk.another staff.accounts_desk.kept",
    "security": "staff.security_desk.secured",
    "its reviewer": """
        third_party.mine.assignment
        third_party.mine.assignments
        third_party.reading.item
    """,
    # Classes that anybody may be sent to.
    "employer": "rosters.upload_form rosters_scope.own_choices",
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

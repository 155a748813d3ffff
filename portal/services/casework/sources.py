"""What stands in the work queue: add a ``Source`` here, and its work appears on ``/admin/work``.

Its query stands in ``sources_people``, ``sources_classes`` or ``sources_cases``, its words in
``casework.work.kind.<kind>``, its term in ``policies/data/deadlines.csv``.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Permission
from portal.policies import deadlines
from portal.policies.deadlines import Term
from portal.services.casework import (
    sources_cases,
    sources_catalogue,
    sources_classes,
    sources_people,
)
from portal.services.casework.queue import Ask, Source, Work
from portal.services.casework.queue import work as _work

P = Permission


def _by(kind: str) -> Callable[[Ask], Term]:
    return lambda ask: deadlines.term(kind)


SOURCES: tuple[Source, ...] = (
    Source(
        "review", _by("review"), P.DECIDE_REVIEWS, "/admin/reviews",
        lambda one: f"/admin/reviews/{one}", sources_people.reviews,
    ),
    Source(
        "opening", _by("opening"), P.DECIDE_OPENINGS, "/admin/openings",
        lambda one: f"/admin/openings/{one}", sources_catalogue.openings,
    ),
    Source(
        "admission", _by("admission"), P.KEEP_LISTINGS, "/admin/admissions",
        lambda one: "/admin/admissions", sources_classes.admissions,
    ),
    Source(
        "supplement", _by("supplement"), P.FILE_SUPPLEMENTS, "/admin/supplements",
        lambda one: f"/admin/supplements/{one}", sources_catalogue.supplements,
    ),
    Source(
        "evaluation", _by("evaluation"), P.KEEP_LISTINGS, "/admin/evaluations",
        lambda one: "/admin/evaluations", sources_catalogue.evaluations,
    ),
    Source(
        "fact", _by("fact"), P.VERIFY_FACTS, "/admin/facts",
        lambda one: f"/admin/facts/{one}", sources_people.facts,
    ),
    Source(
        "external", _by("external"), P.ISSUE_CERTIFICATES, "/admin/external",
        lambda one: f"/admin/external/{one}", sources_people.external,
    ),
    Source(
        "advancement", _by("advancement"), P.ISSUE_CERTIFICATES, "/admin/advancements",
        lambda one: "/admin/advancements", sources_people.advancements,
    ),
    Source(
        "correction", _by("correction"), P.DECIDE_CORRECTIONS, "/admin/corrections",
        lambda one: "/admin/corrections", sources_people.corrections,
    ),
    Source(
        "hours", _by("hours"), P.KEEP_ISSUERS, "/admin/portals",
        lambda one: "/admin/portals", sources_people.imports,
    ),
    Source(
        "identity", _by("identity"), P.KEEP_PERSONS, "/admin/persons",
        lambda one: "/admin/persons", sources_people.identities,
    ),
    Source(
        "merge", _by("merge"), P.KEEP_PERSONS, "/admin/persons",
        lambda one: "/admin/persons", sources_people.merges,
    ),
    Source(
        "appeal", _by("appeal"), P.SUPERVISE, "/admin/appeals?show=late",
        lambda one: "/admin/appeals?show=late", sources_classes.appeals,
    ),
    Source(
        "odd_session", _by("odd_session"), P.SUPERVISE, "/admin/risk",
        lambda one: f"/admin/risk/{one}", sources_classes.odd_sessions,
    ),
    Source(
        "sheet", sources_classes.sheet_term, P.SUPERVISE, "/admin/appeals",
        lambda one: "/admin/appeals", sources_classes.sheets,
    ),
    Source(
        "listing", _by("listing"), P.KEEP_LISTINGS, "/admin/institutions",
        lambda one: f"/admin/institutions/{one}", sources_classes.listings,
    ),
    Source(
        "claim", _by("claim"), P.REVIEW_CLAIMS, "/admin/claims",
        lambda one: f"/admin/claims/{one}", sources_cases.claims,
    ),
    Source(
        "objection", _by("objection"), P.REVIEW_CLAIMS, "/admin/claims",
        lambda one: f"/admin/claims/{one}", sources_cases.objections,
    ),
    Source(
        "complaint", _by("complaint_answer"), P.HANDLE_CASES, "/admin/complaints",
        lambda one: f"/admin/complaints/{one}", sources_cases.complaints,
    ),
    Source(
        "case", _by("case"), P.HANDLE_CASES, "/admin/cases",
        lambda one: f"/admin/cases/{one}", sources_cases.cases,
    ),
    Source(
        "second_grade", _by("second_grade"), P.HANDLE_CASES, "/admin/cases",
        lambda one: f"/admin/cases/{one}", sources_cases.second_grades,
    ),
    Source(
        "sanction_appeal", _by("sanction_appeal_answer"), P.HANDLE_CASES, "/admin/cases",
        lambda one: f"/admin/cases/{one}", sources_cases.sanction_appeals,
    ),
    Source(
        "rectify", _by("case"), P.HANDLE_CASES, "/admin/cases",
        lambda one: f"/admin/cases/{one}", sources_cases.rectifications,
    ),
    Source(
        "recovery", _by("recovery"), P.HANDLE_CASES, "/admin/recoveries",
        lambda one: f"/admin/recoveries/{one}", sources_cases.recoveries,
    ),
    Source(
        "write_off", _by("write_off"), P.HANDLE_CASES, "/admin/recoveries",
        lambda one: f"/admin/recoveries/{one}", sources_cases.write_offs,
    ),
)  # fmt: skip


def work(session: Session, actor: Actor, *, kind: str = "", size: int = 50, now: datetime) -> Work:
    """What waits for the officer, the most urgent first; see ``queue.work``."""
    return _work(session, actor, sources=SOURCES, kind=kind, size=size, now=now)

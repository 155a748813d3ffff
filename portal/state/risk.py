"""The ghost-class score at the office: the list, and one session or class with its reasons."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import risk_findings, risk_oversight
from portal.services.risk_oversight import HONEST_ABOVE, PERIODS, RiskList, RiskRow, Wanted
from portal.services.risk_views import Finding, RiskDetail, RiskReason
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of, whole_number
from portal.state.pager import page_number, pager

_HOME = "/admin/risk"
_TONES = {"odd": "bad", "explained": "good"}


@dataclass(frozen=True)
class RiskCard:
    """A session or class in the list; ``bar`` is for the eye, the same as ``points``."""

    href: str
    title: str
    place: str
    when: str
    points: str
    bar: int
    above: bool
    why: str
    tone: str
    finding: str


@dataclass(frozen=True)
class Choice:
    """An option of a filter."""

    value: str
    label: str


@dataclass(frozen=True)
class PersonRow:
    """Somebody behind a reason."""

    name: str
    signed: str


@dataclass(frozen=True)
class ReasonRow:
    """A reason with its people, one tap below."""

    code: str
    name: str
    points: str
    seen: str
    innocent: str
    count: str
    people: list[PersonRow]


@dataclass(frozen=True)
class MeetingRow:
    """A session of a scored class; ``href`` empty before it was scored."""

    href: str
    when: str
    points: str
    above: bool


def finding_word(finding: str) -> str:
    """What an officer said last, or that nobody looked yet."""
    return t(f"risk_page.found_{finding}") if finding else t("risk_page.not_looked")


def risk_card(row: RiskRow, what: str) -> RiskCard:
    """A row as its card shows it."""
    inside = "/classes" if what == "classes" else ""
    return RiskCard(
        href=f"{_HOME}{inside}/{row.id}",
        title=row.title,
        place=f"{row.institution_name} · {row.region_name} · {row.class_no}",
        when=row.when,
        points=t("risk_page.points", points=row.points),
        bar=row.points,
        above=row.above,
        why=row.why,
        tone=_TONES.get(row.finding, "plain"),
        finding=finding_word(row.finding) if row.finding or row.above else "",
    )


def reason_row(one: RiskReason) -> ReasonRow:
    """A reason as its card shows it."""
    return ReasonRow(
        code=one.code,
        name=one.name,
        points=t("risk_page.of_most", points=one.points, most=one.most),
        seen=one.seen,
        innocent=one.innocent,
        count=t("risk_page.people", count=len(one.people)),
        people=[PersonRow(person.name, person.signed) for person in one.people],
    )


def finding_text(one: Finding) -> str:
    """A finding as one sentence."""
    return t(
        "risk_page.history",
        when=one.when,
        officer=one.officer,
        word=finding_word(one.finding),
        points=one.points,
        note=one.note,
    )


def _wanted(query: str) -> Wanted:
    days = whole_number(query_value(query, "days"), 30)
    return Wanted(
        region_code=query_value(query, "region")[:6],
        q=query_value(query, "q")[:40],
        days=days if days in PERIODS else 30,
    )


def _address(what: str, wanted: Wanted, page: int = 1) -> str:
    values = {
        "what": what if what == "classes" else "",
        "region": wanted.region_code,
        "q": wanted.q,
        "days": str(wanted.days) if wanted.days != 30 else "",
        "page": str(page) if page > 1 else "",
    }
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{_HOME}?{query}" if query else _HOME


class RiskState(PageState, rx.State):
    """One page of scored sessions or classes, narrowed as the address says."""

    cards: list[RiskCard] = []
    count: str = ""
    error_rate: str = ""
    what: str = "sessions"
    sessions_href: str = ""
    classes_href: str = ""
    regions: list[Choice] = []
    periods: list[Choice] = []
    region: str = ""
    words: str = ""
    days: str = ""
    version: str = ""
    previous: str = ""
    next: str = ""
    place: str = ""

    # Officers and auditors share the page, so the service tells who of the signed-in may see it.
    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show what the address names, the oddest first."""
        forget(self)
        query = self.router.url.query
        wanted = _wanted(query)
        what = "classes" if query_value(query, "what") == "classes" else "sessions"
        ask = risk_oversight.classes if what == "classes" else risk_oversight.sessions
        page = page_number(query_value(query, "page"))
        found = await self._run(ask, wanted=wanted, page=page, now=self._now())
        self._filters(what, wanted, found)
        self._show(what, wanted, found)

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def narrow(self, form: dict[str, object]) -> Any:
        """Go to the list that the form asks for."""
        wanted = Wanted(
            region_code=text_of(form, "region")[:6],
            q=text_of(form, "q")[:40],
            days=whole_number(text_of(form, "days"), 30),
        )
        return rx.redirect(_address(self.what, wanted))

    def _filters(self, what: str, wanted: Wanted, found: RiskList) -> None:
        self.what = what
        self.sessions_href = _address("sessions", wanted)
        self.classes_href = _address("classes", wanted)
        everywhere = Choice("", t("risk_page.everywhere"))
        self.regions = [everywhere, *(Choice(code, name) for code, name in found.regions)]
        self.periods = [Choice(str(n), t("risk_page.last_days", days=n)) for n in PERIODS]
        self.region, self.words, self.days = wanted.region_code, wanted.q, str(wanted.days)
        self.version = f"{wanted.region_code}/{wanted.q}/{wanted.days}"

    def _show(self, what: str, wanted: Wanted, found: RiskList) -> None:
        self.cards = [risk_card(row, what) for row in found.page.items]
        of_classes = what == "classes"
        self.count = t(
            "risk_page.count_classes" if of_classes else "risk_page.count",
            scored=found.scored,
            above=found.above,
            line=found.line,
        )
        few, many = (max(1, round(found.scored * share)) for share in HONEST_ABOVE)
        expected = str(few) if few == many else t("risk_page.between", few=few, many=many)
        self.error_rate = (
            t("risk_page.error_rate_classes")
            if of_classes
            else t("risk_page.error_rate", scored=found.scored, expected=expected)
        )
        ways = pager(
            lambda n: _address(what, wanted, n),
            page=found.page.page,
            size=found.page.size,
            total=found.page.total,
        )
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text


class RiskDetailState(PageState, rx.State):
    """One session or class: the points, each reason with its people, what officers found."""

    title: str = ""
    lines: list[str] = []
    points: str = ""
    bar: int = 0
    above: bool = False
    line_word: str = ""
    stage: str = ""
    scored_at: str = ""
    error_rate: str = ""
    reasons: list[ReasonRow] = []
    methods: list[Choice] = []
    findings: list[str] = []
    meetings: list[MeetingRow] = []
    class_href: str = ""
    can_note: bool = False
    case_href: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Read the score that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(Permission.SUPERVISE)
    async def note(self, form: dict[str, object]) -> None:
        """Keep what the officer found."""
        await self._run(
            risk_findings.note_finding,
            **self._key(),
            finding=text_of(form, "finding"),
            note=text_of(form, "reason"),
            now=self._now(),
        )
        await self._read()
        self.done = t("risk_page.saved")

    def _key(self) -> dict[str, Any]:
        """Which session or class the address names."""
        path = self.router.url.path
        if path_part(path, 2) == "classes":
            return {"class_id": parse_id(path_part(path, 3), "class_id")}
        return {"session_id": parse_id(path_part(path, 2), "session_id")}

    async def _read(self) -> None:
        key, now = self._key(), self._now()
        ask: Any = risk_findings.one_class if "class_id" in key else risk_findings.one_session
        self._show(await self._run(ask, **key, now=now), key.get("session_id"))

    def _show(self, view: RiskDetail, of_session: UUID | None) -> None:
        self.title = view.title
        self.lines = [
            view.institution_name,
            " · ".join(part for part in (view.when, view.room) if part),
            f"{t('inspection.class_no')} {view.class_no}",
        ]
        self.points = t("risk_page.points", points=view.points)
        self.bar, self.above = view.points, view.above
        self.line_word = t("risk_page.above" if view.above else "risk_page.below")
        self.stage = t(f"risk_page.stage_{view.stage}")
        self.scored_at = t("risk_page.scored_at", time=view.scored_at)
        self.error_rate = (
            t("risk_page.error_rate_one", line=view.line)
            if of_session
            else t("risk_page.error_rate_classes")
        )
        self.reasons = [reason_row(one) for one in view.reasons]
        self.methods = [Choice(t("risk_page.times", count=n), word) for word, n in view.methods]
        self.findings = [finding_text(one) for one in view.findings]
        self.meetings = [
            MeetingRow(
                f"{_HOME}/{one.session_id}" if one.points is not None else "",
                one.when,
                t("risk_page.unscored")
                if one.points is None
                else t("risk_page.points", points=one.points),
                one.above,
            )
            for one in view.sessions
        ]
        self.class_href = f"{_HOME}/classes/{view.class_id}" if view.stage == "final" else ""
        self.can_note = view.can_note
        self.case_href = (
            f"/admin/cases?{urlencode({'source': 'odd_session', 'id': of_session})}"
            if of_session and view.can_note
            else ""
        )

"""Cases at the office: the list with a new one, and one with all that may be done in it."""

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from portal.domain.claim_ledger import fen_of
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.casework import (
    case_views,
    choosing,
    closing,
    findings,
    hearings,
    opening,
    recoveries,
    sanction_appeals,
    sanctions,
)
from portal.services.casework.case_views import CaseRow, CaseView, FindingView
from portal.services.casework.findings import MOST_EVIDENCE, Evidence
from portal.services.times import day_of, moment_text
from portal.state.base import PageState, handler
from portal.state.casework_rows import (
    Choice,
    Entry,
    FileCard,
    Narrow,
    day_or_none,
    day_typed,
    hearing_entry,
    narrowed,
    recovery_card,
    sanction_entry,
)
from portal.state.deadlines import due_text
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, query_value, text_of
from portal.state.pager import page_number, pager

_HOME = "/admin/cases"
_FINDING_TONES = {"standing": "bad", "proposed": "warn", "refused": "plain", "replaced": "plain"}
P = Permission


def case_card(row: CaseRow, today: Any) -> FileCard:
    """A case in the list."""
    is_open = row.state == "open"
    return FileCard(
        href=f"{_HOME}/{row.case_id}",
        title=row.title,
        lines=[
            f"{row.institution} · {row.region}",
            f"{row.case_no} · {t(f'casework.source.{row.source}')}",
        ],
        tone="info" if is_open else "plain",
        word=t("casework.state_open") if is_open else t(f"casework.outcome.{row.outcome}"),
        due=due_text(row.due_on, today) if is_open else "",
        is_late=row.late,
    )


class CasesState(PageState, rx.State):
    """The list, and the form for a new case with what the address says about it."""

    cards: list[FileCard] = []
    narrow: list[Narrow] = []
    words: str = ""
    previous: str = ""
    next: str = ""
    place: str = ""
    institutions: list[Choice] = []
    source: str = ""
    source_word: str = ""
    source_key: str = ""

    @rx.event
    @handler(P.HANDLE_CASES)
    async def load(self) -> None:
        """Show what the address names; ``source`` and ``id`` begin a new case from something."""
        forget(self)
        query, now = self.router.url.query, self._now()
        show = query_value(query, "show") or "open"
        self.words = query_value(query, "q")[:40]
        page = page_number(query_value(query, "page"))
        found = await self._run(case_views.listed, show=show, q=self.words, page=page, now=now)
        self.cards = [case_card(row, day_of(now)) for row in found.items]
        self.narrow = narrowed(case_views.SHOWS, show, _HOME, "casework.show")
        ways = pager(
            lambda n: f"{_HOME}?{urlencode({'show': show, 'q': self.words, 'page': n})}",
            page=found.page, size=found.size, total=found.total,
        )  # fmt: skip
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text
        self.source = query_value(query, "source")[:20]
        if self.source in opening.SOURCES[1:]:
            self.source_key = query_value(query, "id")[:40]
            self.source_word = t(f"casework.source.{self.source}")
        else:
            self.source = ""
            rows = await self._run(choosing.institutions)
            self.institutions = [Choice(str(key), name) for key, name in rows]

    @rx.event
    @handler(P.HANDLE_CASES)
    async def find(self, form: dict[str, object]) -> Any:
        """Search by number, title or institution."""
        words = text_of(form, "q")[:40]
        return rx.redirect(f"{_HOME}?{urlencode({'show': 'all', 'q': words})}")

    @rx.event
    @handler(P.HANDLE_CASES)
    async def open_case(self, form: dict[str, object]) -> Any:
        """Open one and go there."""
        source = text_of(form, "source") or "manual"
        is_manual = source == "manual"
        of = parse_id(text_of(form, "institution"), "institution") if is_manual else None
        made = await self._run(
            opening.open_case,
            title=text_of(form, "title"),
            summary=text_of(form, "summary"),
            source=source,
            source_id=None if is_manual else parse_id(text_of(form, "source_id"), "source"),
            institution_id=of,
            now=self._now(),
        )
        return rx.redirect(f"{_HOME}/{made}")


_SANCTION = ("kind", "reason", "document_no", "effective_on", "due_on", "ban_until")


@dataclass(frozen=True)
class Typed:
    """A sanction as it was typed, while its consequences are read."""

    kind: str = ""
    reason: str = ""
    document_no: str = ""
    effective_on: str = ""
    due_on: str = ""
    ban_until: str = ""


class CaseState(PageState, rx.State):
    """One case; every act reads it anew."""

    title: str = ""
    lines: list[str] = []
    # Where the institution, the class and the claim of the case stand.
    links: list[Narrow] = []
    summary: str = ""
    due: str = ""
    is_late: bool = False
    is_open: bool = False
    outcome: str = ""
    closing_note: str = ""
    findings: list[Entry] = []
    hearings: list[Entry] = []
    sanctions: list[Entry] = []
    money: list[FileCard] = []
    events: list[Entry] = []
    funds: list[Choice] = []
    standing: list[Choice] = []
    # The lines of evidence in the form of a finding, numbered.
    evidence: list[int] = [1]
    typed: Typed = Typed()
    typed_word: str = ""
    consequences: list[str] = []
    today: str = ""
    done: str = ""

    @rx.event
    @handler(P.HANDLE_CASES)
    async def load(self) -> None:
        """Read the case that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(P.HANDLE_CASES)
    async def grade(self, form: dict[str, object]) -> None:
        """Write down a finding."""
        old = text_of(form, "replaces")
        await self._run(
            findings.grade,
            case_id=self._id(),
            what=text_of(form, "what"),
            grade=text_of(form, "grade"),
            reason=text_of(form, "reason"),
            evidence=evidence_of(form),
            replaces_id=parse_id(old, "replaces") if old else None,
            now=self._now(),
        )
        await self._read(t("casework.done.grade"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def add_evidence(self) -> None:
        """One more line of evidence in the form; what is typed there stays."""
        self.evidence = list(range(1, min(len(self.evidence) + 1, MOST_EVIDENCE) + 1))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def confirm(self, form: dict[str, object]) -> None:
        """Say as the second officer that it is fraud."""
        await self._second(form, agree=True)

    @rx.event
    @handler(P.HANDLE_CASES)
    async def refuse(self, form: dict[str, object]) -> None:
        """Say as the second officer that it is not."""
        await self._second(form, agree=False)

    async def _second(self, form: dict[str, object], *, agree: bool) -> None:
        wanted = parse_id(text_of(form, "key"), "finding")
        reason = text_of(form, "reason")
        await self._run(
            findings.second, finding_id=wanted, agree=agree, reason=reason, now=self._now()
        )
        await self._read(t("casework.done.second"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def hear(self, form: dict[str, object]) -> None:
        """Tell the institution what is held against it."""
        text = text_of(form, "allegation")
        await self._run(hearings.ask, case_id=self._id(), allegation=text, now=self._now())
        await self._read(t("casework.done.hear"))

    @rx.event
    @handler(P.KEEP_LISTINGS)
    async def ask_sanction(self, form: dict[str, object]) -> None:
        """Spell out what a sanction would do; nothing is decided yet."""
        self.done, self.consequences = "", []
        typed = Typed(**{name: text_of(form, name) for name in _SANCTION})
        found = await self._run(sanctions.effects, **self._sanction(typed))
        self.typed, self.consequences = typed, list(found)
        self.typed_word = t(f"casework.sanction.{typed.kind}")

    @rx.event
    @handler(P.KEEP_LISTINGS)
    async def step_back(self) -> None:
        """Back to the form, as it was typed."""
        self.consequences = []

    @rx.event
    @handler(P.KEEP_LISTINGS)
    async def sanction(self) -> None:
        """Decide what was asked."""
        await self._run(sanctions.decide, **self._sanction(self.typed))
        await self._read(t("casework.done.sanction"))

    def _sanction(self, typed: Typed) -> dict[str, Any]:
        form = asdict(typed)
        return {
            "case_id": self._id(),
            "kind": typed.kind,
            "reason": typed.reason,
            "document_no": typed.document_no,
            "effective_on": day_typed(form, "effective_on"),
            "due_on": day_or_none(form, "due_on"),
            "ban_until": day_or_none(form, "ban_until"),
            "now": self._now(),
        }

    @rx.event
    @handler(P.HANDLE_CASES)
    async def fulfil(self, form: dict[str, object]) -> None:
        """Say that what was ordered is put right."""
        wanted = parse_id(text_of(form, "key"), "sanction")
        note = text_of(form, "reason")
        await self._run(sanctions.fulfil, sanction_id=wanted, note=note, now=self._now())
        await self._read(t("casework.done.fulfil"))

    @rx.event
    @handler(P.KEEP_LISTINGS)
    async def answer_appeal(self, form: dict[str, object]) -> None:
        """Answer an institution's appeal."""
        await self._run(
            sanction_appeals.answer,
            sanction_id=parse_id(text_of(form, "key"), "sanction"),
            upheld=text_of(form, "upheld") == "yes",
            answer=text_of(form, "answer"),
            document_no=text_of(form, "document_no"),
            now=self._now(),
        )
        await self._read(t("casework.done.appeal"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def recover(self, form: dict[str, object]) -> None:
        """Open a recovery."""
        await self._run(
            recoveries.open_for_case,
            case_id=self._id(),
            amount_fen=fen_of(text_of(form, "amount")),
            fund=text_of(form, "fund"),
            reason=text_of(form, "reason"),
            document_no=text_of(form, "document_no"),
            now=self._now(),
        )
        await self._read(t("casework.done.recover"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def write_note(self, form: dict[str, object]) -> None:
        """Add to the history."""
        await self._run(
            closing.note, case_id=self._id(), text=text_of(form, "text"), now=self._now()
        )
        await self._read(t("casework.done.note"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def close(self, form: dict[str, object]) -> None:
        """End it."""
        await self._run(
            closing.close,
            case_id=self._id(),
            outcome=text_of(form, "outcome"),
            note=text_of(form, "note"),
            now=self._now(),
        )
        await self._read(t("casework.done.close"))

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "case_id")

    async def _read(self, done: str = "") -> None:
        now = self._now()
        found = await self._run(case_views.case_file, case_id=self._id(), now=now)
        names = await self._run(recoveries.funds, now=now)
        self.funds = [Choice(name, name) for name in names]
        self._show(found, day_of(now))
        self.evidence, self.consequences = [1], []
        self.today = day_of(now).isoformat()
        self.done = done

    def _show(self, found: CaseView, today: Any) -> None:
        card = case_card(found.row, today)
        self.title, self.due, self.is_late = card.title, card.due, card.is_late
        self.lines = [*card.lines, *([found.class_title] if found.class_title else [])]
        self.links = _links(found)
        self.summary, self.is_open = found.summary, found.row.state == "open"
        self.outcome, self.closing_note = card.word, found.closing_note
        self.findings = [finding_entry(one) for one in found.findings]
        self.standing = [
            Choice(str(one.finding_id), one.what[:30])
            for one in found.findings
            if one.state == "standing"
        ]
        self.hearings = [hearing_entry(one) for one in found.hearings]
        self.sanctions = [sanction_entry(one, today=today) for one in found.sanctions]
        self.money = [recovery_card(one, today) for one in found.recoveries]
        self.events = [
            Entry(
                "",
                f"{t(f'admin.action.case.{one.act}')} · {moment_text(one.at)}",
                [part for part in (one.by, one.note) if part],
            )
            for one in reversed(found.events)
        ]


def evidence_of(form: object) -> tuple[Evidence, ...]:
    """The lines of evidence that say where they are found, in their order."""
    given = []
    for number in range(1, MOST_EVIDENCE + 1):
        ref = text_of(form, f"evidence_ref_{number}")
        if ref:
            kind = text_of(form, f"evidence_kind_{number}")
            given.append(Evidence(kind, ref, text_of(form, f"evidence_note_{number}")))
    return tuple(given)


def _links(found: CaseView) -> list[Narrow]:
    """The pages of whatever the case is about."""
    ways = [("institution", f"/admin/institutions/{found.institution_id}")]
    if found.row.source == "odd_session" and found.source_id:
        ways.append(("odd_session", f"/admin/risk/{found.source_id}"))
    if found.row.source == "inspection" and found.source_id:
        ways.append(("inspection", f"/admin/inspections/{found.source_id}"))
    if found.row.source == "complaint" and found.source_id:
        ways.append(("complaint", f"/admin/complaints/{found.source_id}"))
    if found.claim_id:
        ways.append(("claim", f"/admin/claims/{found.claim_id}"))
    return [Narrow(t(f"casework.link.{name}"), href, False) for name, href in ways]


def finding_entry(one: FindingView) -> Entry:
    """A finding with its grade; ``act`` is second where the reader may be the second officer."""
    lines = [t("casework.graded", by=one.graded_by, reason=one.reason)]
    lines += [
        t("casework.evidence_line", kind=t(f"casework.evidence.{part['kind']}"), ref=part["ref"])
        + (f"（{part['note']}）" if part["note"] else "")
        for part in one.evidence
    ]
    if one.second_by:
        lines.append(t("casework.seconded", by=one.second_by, reason=one.second_reason))
    waits = one.state == "proposed"
    word = f"{t(f'casework.grade.{one.grade}')} · {t(f'casework.finding_state.{one.state}')}"
    act = ("wait" if one.mine else "second") if waits else ""
    return Entry(str(one.finding_id), one.what, lines, _FINDING_TONES[one.state], word, act)

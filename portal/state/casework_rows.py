"""What the pages of cases, complaints, recoveries and samples show, in words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from portal.domain.errors import BadInput
from portal.locale import t
from portal.services.archive_lines import money_text
from portal.services.casework.case_views import HearingView, SanctionView
from portal.services.casework.recovery_views import RecoveryRow
from portal.state.deadlines import due_text
from portal.state.inputs import text_of
from portal.state.texts import date_text

_SANCTION_TONES = {"in_force": "bad", "fulfilled": "good", "lifted": "plain"}


@dataclass(frozen=True)
class FileCard:
    """A case, complaint, recovery or assignment in a list."""

    href: str
    title: str
    lines: list[str]
    tone: str
    word: str
    due: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class Entry:
    """Something within a file; ``act`` says what the reader may do with it, "" for nothing."""

    key: str
    title: str
    lines: list[str] = field(default_factory=list)
    tone: str = "plain"
    word: str = ""
    act: str = ""


@dataclass(frozen=True)
class Narrow:
    """A list narrowed to something."""

    label: str
    href: str
    is_here: bool


@dataclass(frozen=True)
class Choice:
    """An option of a select."""

    value: str
    label: str


def narrowed(names: Iterable[str], here: str, address: str, word: str) -> list[Narrow]:
    """Links to the views of a list; ``word`` is the prefix of their locale keys."""
    return [
        Narrow(t(f"{word}.{name}"), f"{address}?{urlencode({'show': name})}", name == here)
        for name in names
    ]


def hearing_entry(one: HearingView, *, mine: bool = False) -> Entry:
    """What was told and what was answered; ``mine``: the reader is the institution."""
    lines = [t("casework.hearing_until", day=date_text(one.until))]
    if one.statement:
        lines.append(t("casework.statement", text=one.statement))
    state = "answered" if one.statement else ("waits" if one.waits else "silent")
    tone = {"answered": "good", "waits": "info", "silent": "warn"}[state]
    act = "state" if mine and one.waits else ""
    word = t(f"casework.hearing_{state}")
    return Entry(str(one.hearing_id), one.allegation, lines, tone, word, act)


def sanction_entry(one: SanctionView, *, mine: bool = False, today: date) -> Entry:
    """A sanction; ``act`` is fulfil, appeal, answer or ""."""
    lines = [
        t("casework.document", no=one.document_no, day=date_text(one.effective_on)),
        one.reason,
    ]
    if one.due_on:
        lines.append(t("casework.rectify_until", day=date_text(one.due_on)))
    if one.ban_until:
        lines.append(t("casework.ban_until", day=date_text(one.ban_until)))
    if one.appeal:
        lines.append(t("casework.appeal_said", text=one.appeal))
    elif one.state != "lifted":
        lines.append(t("casework.appeal_until", day=date_text(one.appeal_until)))
    if one.appeal_answer:
        lines.append(t("casework.appeal_answer", text=one.appeal_answer))
    return Entry(
        str(one.sanction_id),
        t(f"casework.sanction.{one.kind}"),
        lines,
        "bad" if one.late else _SANCTION_TONES[one.state],
        t(f"casework.sanction_state.{one.state}"),
        _sanction_act(one, mine, today),
    )


def _sanction_act(one: SanctionView, mine: bool, today: date) -> str:
    if mine:
        may = not one.appeal and one.state != "lifted" and one.appeal_until >= today
        return "appeal" if may else ""
    if one.appeal and one.appeal_upheld is None:
        return "wait" if one.mine else "answer"
    return "fulfil" if one.kind == "rectify" and one.state == "in_force" else ""


def recovery_card(row: RecoveryRow, today: date) -> FileCard:
    """A recovery in a list."""
    about = " · ".join(part for part in (row.institution, row.case_no, row.claim_no) if part)
    return FileCard(
        href=f"/admin/recoveries/{row.recovery_id}",
        title=t("recovery.left", left=money_text(row.balance_fen)),
        lines=[
            about,
            t("recovery.of", amount=money_text(row.amount_fen), fund=row.fund),
            row.recovery_no,
        ],
        tone="good" if row.state == "settled" else ("bad" if row.late else "info"),
        word=t(f"recovery.state.{row.state}"),
        due=due_text(row.due_on, today) if row.state == "open" else "",
        is_late=row.late,
    )


def said_entry(kind: str, text: str, at: str, word: Callable[[str], str]) -> Entry:
    """Something that was said."""
    return Entry("", f"{word(kind)} · {at}", [text] if text else [])


def day_typed(form: object, name: str) -> date:
    """A day of a form; raises BadInput."""
    try:
        return date.fromisoformat(text_of(form, name))
    except ValueError:
        raise BadInput(name, "casework.bad_day") from None


def day_or_none(form: object, name: str) -> date | None:
    """A day of a form that may be left empty; raises BadInput."""
    return day_typed(form, name) if text_of(form, name) else None

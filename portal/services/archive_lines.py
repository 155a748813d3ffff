"""The lines of an archive as people read them: what it was, where from, and what was corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from portal.locale import has, t
from portal.services import archive_chain as chain
from portal.services.archive_chain import Entry
from portal.services.times import date_text, day_of


@dataclass(frozen=True, slots=True)
class Change:
    """One value that a correction changed; empty texts for nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What was put right, when and why; the line that was wrong stays on record."""

    on: date
    reason: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    """One line as its owner reads it.

    ``subject`` is one of ``archive_chain.SUBJECTS``. ``status`` is running, awaiting (over,
    result not out), completed, failed; valid or revoked for certificates; or another word below
    ``archive.status``. ``hours`` are 课时, so far for a running class; ``amount_fen`` is money
    that was paid. ``recorded_at`` is None for what runs: it is not on record yet. ``origin_url``
    leads to the page of the portal that issued a certificate, if that was another one;
    ``issued_on`` is the day of one that was issued here.
    """

    key: str
    subject: str
    subject_label: str
    is_certificate: bool
    status: str
    status_label: str
    title: str
    institution_name: str
    hours: int | None
    hours_planned: int | None
    starts_on: date
    ends_on: date
    certificate_number: str | None
    source: str = ""
    recorded_at: datetime | None = None
    amount_fen: int | None = None
    note: str = ""
    corrections: tuple[Correction, ...] = ()
    origin_url: str = ""
    issued_on: date | None = None

    @property
    def on(self) -> date:
        """The day that stands for the line where there is room for one."""
        return self.issued_on or self.ends_on

    @property
    def is_training(self) -> bool:
        """Whether it counts as one training (人次)."""
        return self.subject == chain.CLASS


def lines_of(entries: Sequence[Entry]) -> list[ArchiveLine]:
    """The lines in force, oldest first, each with what was corrected about it."""
    by_id = {entry.id: entry for entry in entries}
    return [_line(entry, by_id) for entry in chain.in_force(entries)]


@cache
def status_label(status: str) -> str:
    """A status in words; one that another portal used says only that it is on record."""
    key = f"archive.status.{status}"
    return t(key) if has(key) else t("archive.status.recorded")


@cache
def subject_label(subject: str) -> str:
    """What a line is about, in a word."""
    key = f"archive.subject.{subject}"
    return t(key) if has(key) else t("archive.subject.other")


def source_label(entry: Entry) -> str:
    """Who recorded it first: this portal, or the one whose address the line bears."""
    if entry.source_system == chain.PORTAL:
        return _own_source()
    return t(
        "archive.source.other", name=urlsplit(entry.source_system).netloc or entry.source_system
    )


@cache
def _own_source() -> str:
    return t("archive.source.portal")


def detail_of(entry: Entry) -> dict[str, Any]:
    """The detail; an empty one where somebody put something else in its place."""
    return entry.detail if isinstance(entry.detail, dict) else {}


def day(entry: Entry, name: str) -> date:
    """A day of the detail, or the day of the line."""
    try:
        return date.fromisoformat(detail_of(entry)[name])
    except (KeyError, TypeError, ValueError):
        return entry.occurred_on


def _line(entry: Entry, by_id: dict[UUID, Entry]) -> ArchiveLine:
    detail = detail_of(entry)
    subject = str(detail.get("subject") or entry.kind)
    status = str(detail.get("status") or "recorded")
    return ArchiveLine(
        key=str(entry.id),
        subject=subject,
        subject_label=subject_label(subject),
        is_certificate=subject == chain.CERTIFICATE,
        status=status,
        status_label=status_label(status),
        title=entry.title,
        institution_name=entry.institution_name,
        hours=entry.hours,
        hours_planned=_whole(detail.get("hours_planned")),
        starts_on=day(entry, "starts_on"),
        ends_on=day(entry, "ends_on"),
        certificate_number=detail.get("certificate_number"),
        source=source_label(entry),
        recorded_at=entry.recorded_at,
        amount_fen=_whole(detail.get("amount_fen")),
        note=_note(subject, detail),
        corrections=tuple(_corrections(entry, by_id)),
        origin_url=_origin_url(entry),
        issued_on=day(entry, "issued_on") if "issued_on" in detail else None,
    )


def _origin_url(entry: Entry) -> str:
    """Where a certificate of another portal is verified: there, and nowhere else."""
    url = detail_of(entry).get("verify_url")
    is_there = isinstance(url, str) and url.startswith(f"{entry.source_system}/verify/")
    return str(url) if is_there else ""


def _whole(value: object) -> int | None:
    return value if type(value) is int else None


def _note(subject: str, detail: dict[str, Any]) -> str:
    """What else its owner should see of a line."""
    if subject == chain.SUBSIDY and detail.get("payee"):
        return t("archive.paid_to", payee=detail["payee"])
    note = detail.get("note")
    return note if isinstance(note, str) else ""


def _corrections(entry: Entry, by_id: dict[UUID, Entry]) -> list[Correction]:
    """Newest first. A revocation is no correction: the line says itself what happened."""
    found = []
    seen = {entry.id}
    while entry.supersedes in by_id and entry.supersedes not in seen:
        before = by_id[entry.supersedes]
        if entry.kind != chain.REVOCATION:
            reason = detail_of(entry).get("reason")
            told = reason if isinstance(reason, str) else ""
            found.append(Correction(day_of(entry.recorded_at), told, _changes(before, entry)))
        entry = before
        seen.add(entry.id)
    return found


_TOLD = ("title", "institution", "hours", "starts_on", "ends_on", "status", "number", "amount")


def _changes(before: Entry, after: Entry) -> tuple[Change, ...]:
    old, new = _values(before), _values(after)
    return tuple(
        Change(t(f"archive.field.{name}"), old[name], new[name])
        for name in _TOLD
        if old[name] != new[name]
    )


def _values(entry: Entry) -> dict[str, str]:
    detail = detail_of(entry)
    amount = _whole(detail.get("amount_fen"))
    return {
        "title": entry.title,
        "institution": entry.institution_name,
        "hours": "" if entry.hours is None else str(entry.hours),
        "starts_on": date_text(day(entry, "starts_on")),
        "ends_on": date_text(day(entry, "ends_on")),
        "status": status_label(str(detail.get("status") or "recorded")),
        "number": str(detail.get("certificate_number") or ""),
        "amount": "" if amount is None else money_text(amount),
    }


def money_text(fen: int) -> str:
    """1,200.00 元"""
    return t("archive.money", amount=f"{fen / 100:,.2f}")

"""The form by which an owner chooses what to show: what there is, a page of it at a time."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.db.models import Certificate
from portal.domain.permissions import Actor
from portal.locale import has, t
from portal.services import share_states, shares
from portal.services.archive_chain import Entry

# A page has to arrive on a weak link; whoever has more than that looks for the newest first.
PAGE = 12


@dataclass(frozen=True, slots=True)
class Offered:
    """A record that can be shown; ``note`` tells it from others of the same title."""

    id: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class ShareForm:
    """What can be chosen from. ``earlier`` is the page of older records; 0 when there is none."""

    certificates: tuple[Offered, ...]
    classes: tuple[Offered, ...]
    earlier: int

    @property
    def is_empty(self) -> bool:
        return not self.certificates and not self.classes


def share_form(session: Session, actor: Actor, *, page: int, now: datetime) -> ShareForm:
    """A page of what the actor may show, from 0, the newest first."""
    page = min(max(page, 0), 1000)
    begin, end = page * PAGE, (page + 1) * PAGE
    found = shares.records(session, actor)
    certificates = found.certificates[begin:end]
    states = share_states.states_of(session, [one.id for one in certificates], now=now)
    more = max(len(found.certificates), len(found.classes)) > end
    return ShareForm(
        certificates=tuple(
            _certificate(one, state.label) for one, state in zip(certificates, states, strict=True)
        ),
        classes=tuple(_class(one) for one in found.classes[begin:end]),
        earlier=page + 1 if more else 0,
    )


def _certificate(one: Certificate, state: str) -> Offered:
    kind = t(f"certificate.kind.{one.kind}")
    return Offered(str(one.id), one.title, " · ".join((kind, _day(one.issued_on), state)))


def _class(one: Entry) -> Offered:
    key = f"archive.status.{one.detail.get('status')}"
    parts = [_day(one.occurred_on), t(key) if has(key) else ""]
    if one.hours is not None:
        parts.insert(0, t("shares.unit.hours", count=one.hours))
    return Offered(str(one.id), one.title, " · ".join(part for part in parts if part))


def _day(day: date) -> str:
    return t("time.date", year=day.year, month=day.month, day=day.day)

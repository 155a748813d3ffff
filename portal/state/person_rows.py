"""Persons and merges of records in words, as the pages of officers show them."""

from dataclasses import dataclass, field
from datetime import date

from portal.locale import t
from portal.services.id_vouching import VouchView
from portal.services.person_conflicts import Side
from portal.services.person_finding import FoundPerson
from portal.services.person_merge_asked import DECLINED, RequestView
from portal.services.person_merges import MergeView, Preview
from portal.services.person_stays import Stays
from portal.services.times import day_of
from portal.state.texts import date_text


@dataclass(frozen=True)
class PersonCard:
    """Somebody who was found, in words."""

    key: str = ""
    name: str = ""
    id_no: str = ""
    id_type: str = ""
    birth: str = ""
    residence: str = ""


@dataclass(frozen=True)
class Pair:
    """One fact of both, in a row of the comparison."""

    label: str
    kept: str
    merged: str
    differs: bool = False


@dataclass(frozen=True)
class Comparison:
    """Both side by side, and what both have at once."""

    kept_key: str = ""
    merged_key: str = ""
    seen: str = ""
    pairs: list[Pair] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MergeRow:
    """A merge that can still be undone; ``stays`` says what undoing leaves where."""

    key: str
    pair: str
    when: str
    reason: str
    stays: str


@dataclass(frozen=True)
class RequestRow:
    """A merge that was asked for. ``status``: check (by this officer) | waiting (for another)
    | declined; ``note`` says the latter two in words."""

    key: str = ""
    pair: str = ""
    by: str = ""
    reason: str = ""
    until: str = ""
    status: str = ""
    note: str = ""


@dataclass(frozen=True)
class VouchRow:
    """A corrected number that this officer may vouch for."""

    key: str
    name: str
    numbers: str
    by: str
    reason: str


def vouch_row(view: VouchView) -> VouchRow:
    """A correction in the list."""
    old, new = view.old_masked[-4:], view.new_masked[-4:]
    return VouchRow(
        key=str(view.id),
        name=view.name_masked,
        numbers=t("persons.vouch.numbers", old=old, new=new),
        by=t("persons.vouch.by", by=view.made_by, when=date_text(day_of(view.at))),
        reason=t("persons.vouch.because", reason=view.reason),
    )


def person_card(person: FoundPerson) -> PersonCard:
    """Somebody as the page shows them."""
    return PersonCard(
        key=str(person.id),
        name=person.name,
        id_no=person.id_no_masked,
        id_type=t(f"register.id_types.{person.id_type}"),
        birth=_day(person.birth),
        residence=person.residence or t("persons.page.unknown"),
    )


def comparison(preview: Preview) -> Comparison:
    """Both in rows, whatever differs marked."""
    kept, merged = _facts(preview.kept), _facts(preview.merged)
    return Comparison(
        kept_key=str(preview.kept.person.id),
        merged_key=str(preview.merged.person.id),
        seen=preview.seen,
        pairs=[Pair(name, kept[name], merged[name], _differs(name, kept, merged)) for name in kept],
        conflicts=[conflict.text for conflict in preview.conflicts],
    )


def request_row(view: RequestView) -> RequestRow:
    """A request in the list, and above its comparison."""
    status, note = "check", ""
    if view.state == DECLINED:
        status, note = "declined", t("persons.request.declined", answer=view.answer)
    elif view.is_own:
        status, note = "waiting", t("persons.request.waiting")
    when = date_text(day_of(view.at))
    return RequestRow(
        key=str(view.id),
        pair=t("persons.request.pair", merged=view.merged_masked, kept=view.kept_masked),
        by=t("persons.request.by", by=view.asked_by, when=when),
        reason=t("persons.request.because", reason=view.reason),
        until=t("persons.request.until", day=date_text(view.last_day)),
        status=status,
        note=note,
    )


def merge_row(view: MergeView) -> MergeRow:
    """A merge in the list."""
    last = date_text(view.last_day)
    return MergeRow(
        key=str(view.id),
        pair=t("persons.undo.pair", merged=view.merged_masked, kept=view.kept_masked),
        when=t("persons.undo.when", when=date_text(day_of(view.at)), day=last),
        reason=t("persons.undo.because", reason=view.reason),
        stays=stays_text(view.stays),
    )


def stays_text(stays: Stays) -> str:
    """What came since, in one sentence."""
    counts = {
        "enrolments": stays.enrolments,
        "certificates": stays.certificates,
        "subsidies": stays.subsidies,
        "cards": stays.cards,
        "lines": stays.lines,
    }
    told = [t(f"persons.undo.stays_{name}", count=n) for name, n in counts.items() if n]
    if not told:
        return t("persons.undo.stays_none")
    return t("persons.undo.stays", what=t("persons.undo.comma").join(told))


_SAME = ("name", "birth", "residence", "phone")


def _differs(label: str, kept: dict[str, str], merged: dict[str, str]) -> bool:
    """Whether both are known to be different; what is unknown contradicts nothing."""
    watched = {t(f"persons.page.{name}") for name in _SAME}
    said = {kept[label], merged[label]}
    return label in watched and len(said) == 2 and t("persons.page.unknown") not in said


def _facts(side: Side) -> dict[str, str]:
    """The rows of one column; the name masked, since two people may be shown here."""
    unknown = t("persons.page.unknown")
    has = "has_account" if side.has_account else "no_account"
    page = {
        "name": side.name_masked,
        "id_no": t("persons.page.ends", last=side.person.id_no_masked[-4:]),
        "birth": _day(side.person.birth),
        "residence": side.person.residence or unknown,
        "phone": side.phone_masked or unknown,
    }
    more = {
        "since": date_text(side.known_since),
        "account": t(f"persons.merge.{has}"),
        "enrolments": str(side.enrolments),
        "certificates": str(side.certificates),
        "lines": str(side.lines),
        "subsidies": str(side.subsidies),
        "cards": str(side.cards),
    }
    shown = {t(f"persons.page.{name}"): value for name, value in page.items()}
    return shown | {t(f"persons.merge.{name}"): value for name, value in more.items()}


def _day(iso: str) -> str:
    return date_text(date.fromisoformat(iso)) if iso else t("persons.page.unknown")

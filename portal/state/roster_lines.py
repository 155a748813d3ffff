"""Rosters and their people as a page lists them."""

from dataclasses import dataclass

from portal.locale import has, t
from portal.services.rosters_view import RosterCard, RosterPerson, RosterView
from portal.services.rosters_words import IN_ORDER
from portal.services.times import moment_text
from portal.state.inputs import path_part

_TONES = {
    "bad": "bad",
    "not_eligible": "bad",
    "needs_review": "warn",
    "waiting": "info",
    "eligible": "good",
}
_STATE_TONES = {"checked": "info", "done": "good", "failed": "bad"}
# How the states of an enrolment look to whoever entered it.
PLACE_TONES = {
    "offered": "warn",
    "waitlisted": "info",
    "accepted": "good",
    "active": "good",
    "completed": "good",
    "needs_review": "warn",
}


@dataclass(frozen=True)
class RosterLine:
    """A roster in the list."""

    key: str
    title: str
    when: str
    facts: str
    state: str
    tone: str
    href: str


@dataclass(frozen=True)
class Kind:
    """A kind of answer with its number; the link shows these people only."""

    name: str
    label: str
    count: str
    tone: str
    href: str
    is_shown: bool


@dataclass(frozen=True)
class PersonLine:
    """One row of the sheet."""

    key: str
    row: str
    name: str
    id_no: str
    class_title: str
    label: str
    tone: str
    reasons: list[str]
    chosen: bool
    can_choose: bool
    place: str
    place_tone: str


def work_path(path: str) -> str:
    """Where the rosters of whoever looks stand: an employer's or an institution's pages."""
    return "/employer/rosters" if path_part(path, 0) == "employer" else "/teach/rosters"


def roster_line(card: RosterCard, base: str) -> RosterLine:
    """A roster as its line shows it."""
    facts = t("roster.page.people", total=card.total) if card.total else ""
    if card.entered:
        facts = t("roster.page.entered", total=card.total, entered=card.entered)
    return RosterLine(
        key=str(card.id),
        title=card.class_title or t("roster.page.by_sheet"),
        when=moment_text(card.sent_at),
        facts=facts,
        state=t(f"roster.state.{card.state}"),
        tone=_STATE_TONES.get(card.state, "info"),
        href=f"{base}/{card.id}",
    )


def person_line(one: RosterPerson) -> PersonLine:
    """A row as the list shows it; after it was entered, where the person is now."""
    place = t(f"roster.place.{one.place}") if has(f"roster.place.{one.place}") else ""
    refused = one.commit_state == "refused"
    return PersonLine(
        key=str(one.id),
        row=t("roster.page.row", row=one.row_no),
        name=one.name,
        # Fourteen stars say nothing and break the line.
        id_no=t("roster.page.id_end", digits=one.id_no_masked[-4:]) if one.id_no_masked else "",
        class_title=one.class_title,
        label=t("roster.commit.stopped") if refused else t(f"roster.outcome.{one.outcome}"),
        tone="bad" if refused else _TONES[one.outcome],
        reasons=list(one.reasons),
        chosen=one.chosen,
        can_choose=one.can_choose,
        place=place,
        place_tone=PLACE_TONES.get(one.place, "plain"),
    )


def kinds(view: RosterView, base: str, shown: str) -> list[Kind]:
    """All, and each kind that there is."""
    total = sum(view.outcomes.get(name, 0) for name in IN_ORDER)
    found = [Kind("", t("roster.outcome.all"), f"{total:,}", "plain", base, shown == "")]
    for name in IN_ORDER:
        if count := view.outcomes.get(name, 0):
            label, href = t(f"roster.outcome.{name}"), f"{base}?show={name}"
            found.append(Kind(name, label, f"{count:,}", _TONES[name], href, shown == name))
    return found

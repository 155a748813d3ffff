"""Rows, facts and forms of local supplements as their pages show them."""

from dataclasses import dataclass, field, replace
from typing import Any

from portal.domain.levels import SkillLevel
from portal.locale import t
from portal.policies import reference
from portal.services.claims.texts import yuan
from portal.services.supplements import views
from portal.services.supplements.views import EntryView, FilingView, SupplementDesk
from portal.services.supplements.words import EntryForm
from portal.services.times import day_of
from portal.state.facts_options import Option
from portal.state.inputs import text_of
from portal.state.texts import date_text

HOME = "/admin/supplements"
_TONES = {
    "draft": "plain",
    "filed": "info",
    "accepted": "good",
    "rejected": "warn",
    "withdrawn": "plain",
    "ended": "plain",
    "covered": "plain",
}
_FIELDS = (
    *("code", "title", "plan", "training_type", "subject", "level"),
    *("theory_hours", "practice_hours", "fee", "why", "description"),
)


@dataclass(frozen=True)
class SupplementRow:
    """An entry in a list."""

    key: str = ""
    href: str = ""
    title: str = ""
    about: str = ""
    place: str = ""
    tone: str = "plain"
    state: str = ""
    due: str = ""
    answer: str = ""


@dataclass(frozen=True)
class ShowLink:
    """A filter of the list; ``chosen`` is the present one."""

    href: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class PlaceLink:
    """A way to a public page."""

    href: str
    label: str


@dataclass(frozen=True)
class FilingRow:
    """One filing with its answer."""

    heading: str
    dates: str
    tone: str
    outcome: str
    answer: str
    changed: str


@dataclass(frozen=True)
class FactRow:
    """A line of what an entry says."""

    label: str
    text: str


@dataclass(frozen=True)
class EntryFields:
    """The form of an entry as it stands, and what it offers to choose from."""

    code: str = ""
    title: str = ""
    plan: str = ""
    training_type: str = ""
    subject: str = ""
    level: str = ""
    theory_hours: str = ""
    practice_hours: str = ""
    fee: str = "0"
    why: str = ""
    description: str = ""
    plans: list[Option] = field(default_factory=list)
    training_types: list[Option] = field(default_factory=list)
    levels: list[Option] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


def row_of(one: EntryView) -> SupplementRow:
    """An entry as a list shows it."""
    latest = one.filings[0] if one.filings else None
    about = (
        one.subject_name,
        one.level_name,
        t("public.classes.hours", hours=one.theory_hours + one.practice_hours),
    )
    return SupplementRow(
        key=str(one.id),
        href=f"{HOME}/{one.id}",
        title=one.title,
        about=" · ".join(dict.fromkeys(filter(None, about))),
        place=one.region_name,
        tone=_TONES[shown_state(one)],
        state=t(f"supplements.state.{shown_state(one)}"),
        due=due_text(latest) if latest and not latest.outcome else "",
        answer=latest.answer if latest and one.state in ("rejected", "accepted") else "",
    )


def shown_state(one: EntryView) -> str:
    """The state as people call it: an accepted entry may be covered from above."""
    return "covered" if one.after.above else one.state


def links_of(one: EntryView) -> list[PlaceLink]:
    """Where the public reads an accepted entry, and what holds in its place."""
    found = []
    if one.after.href:
        found.append(PlaceLink(one.after.href, t("supplements.page.public")))
    if (above := one.after.above) is not None:
        label = t("supplements.page.above", region=above.region_name, doc=above.doc_no)
        found.append(PlaceLink(above.href, label))
    return found


def due_text(filed: FilingView) -> str:
    """Until when an answer is due, in working days."""
    day = date_text(filed.due_on)
    if filed.days_left < 0:
        return t("supplements.page.overdue", day=day)
    return t("supplements.page.due", day=day, left=filed.days_left)


def filing_row(one: FilingView) -> FilingRow:
    """A filing as the history shows it."""
    outcome = one.outcome or "waiting"
    tones = {"accepted": "good", "rejected": "warn", "waiting": "info"}
    filed = date_text(day_of(one.filed_at))
    answered = date_text(day_of(one.decided_at)) if one.decided_at else ""
    changed = "、".join(t(f"supplements.field.{name}") for name in one.changed if name != "plan_id")
    return FilingRow(
        heading=t("supplements.page.round", number=one.round_no, doc=one.doc_no),
        dates=t("supplements.page.filed_answered", filed=filed, answered=answered)
        if answered
        else t("supplements.page.filed_on", filed=filed) + due_text(one),
        tone=tones.get(outcome, "plain"),
        outcome=t(f"supplements.outcome.{outcome}"),
        answer=t("supplements.page.answer", answer=one.answer) if one.answer else "",
        changed=t("supplements.page.changed", fields=changed) if changed else "",
    )


def facts_of(one: EntryView) -> list[FactRow]:
    """What an entry says, line by line."""
    lines = (
        ("region", one.region_name),
        ("code", one.code),
        ("subject", f"{one.subject_name} {one.subject}"),
        ("level", one.level_name),
        ("training_type", one.training_type_name),
        ("plan", one.plan_name),
        (
            "hours",
            t(
                "supplements.page.hours",
                total=one.theory_hours + one.practice_hours,
                theory=one.theory_hours,
                practice=one.practice_hours,
            ),
        ),
        ("fee", yuan(one.fee_fen) if one.fee_fen else t("supplements.page.no_fee")),
        ("ended", _ended_text(one)),
        ("why", one.why),
        ("description", one.description),
    )
    return [FactRow(t(f"supplements.field.{name}"), text) for name, text in lines if text]


def _ended_text(one: EntryView) -> str:
    after = one.after
    if after.ended_at is None:
        return ""
    day = date_text(day_of(after.ended_at))
    return t("supplements.page.ended_by", day=day, doc=after.ended_doc, reason=after.ended_reason)


def offered(plans: tuple[views.PlanOption, ...], one: EntryView | None = None) -> EntryFields:
    """The form with its choices, filled with an entry where there is one."""
    kinds = [Option(kind.code, kind.name) for kind in reference.training_types()]
    ranks = [Option("", t("catalogue.no_level"))]
    ranks += [Option(str(int(level)), level.printed_name) for level in SkillLevel]
    subjects = [f"{each.name} {each.code}" for each in reference.occupations()]
    subjects += [f"{each.name} {each.code}" for each in reference.topics()]
    empty = EntryFields(
        plan=plans[0].key if plans else "",
        training_type="JOB_SKILL",
        plans=[Option(plan.key, _plan_label(plan)) for plan in plans],
        training_types=kinds,
        levels=ranks,
        subjects=subjects,
    )
    if one is None:
        return empty
    return replace(
        empty,
        code=one.code,
        title=one.title,
        plan=one.plan_key,
        training_type=one.training_type,
        subject=f"{one.subject_name} {one.subject}",
        level=str(one.level) if one.level else "",
        theory_hours=str(one.theory_hours),
        practice_hours=str(one.practice_hours),
        fee=f"{one.fee_fen / 100:g}",
        why=one.why,
        description=one.description,
    )


def typed(form: dict[str, Any]) -> EntryForm:
    """What was typed into the form."""
    return EntryForm(**{name: text_of(form, name) for name in _FIELDS})


def _plan_label(plan: views.PlanOption) -> str:
    number = plan.key.partition(":")[2]
    least = t("supplements.page.at_least", hours=plan.min_hours) if plan.min_hours else ""
    return f"{number} {plan.name}{least}"


def lead_of(found: SupplementDesk) -> str:
    """What the page is for, to whoever looks."""
    if found.files:
        return t("supplements.page.lead_files", region=found.region_name, desk=found.desk_name)
    return t("supplements.page.lead_answers", region=found.region_name)


def show_links(found: SupplementDesk, show: str) -> list[ShowLink]:
    """The filters that lead somewhere, with their counts."""
    total = sum(found.counts.values())
    offered = [("all", total), ("todo", found.todo)]
    offered += [(state, found.counts.get(state, 0)) for state in views.SHOWN[1:-1]]
    return [
        ShowLink(
            href=HOME if name == "all" else f"{HOME}?show={name}",
            label=t("supplements.page.link", name=t(f"supplements.show.{name}"), count=count),
            chosen=name == show,
        )
        for name, count in offered
        if count or name in ("all", show)
    ]

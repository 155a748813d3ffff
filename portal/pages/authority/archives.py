"""``/admin/archives``: one archive, looked up by a whole number and for a reason."""

from typing import Any

import reflex as rx

from portal.components.advancement import suggestion_facts
from portal.components.choices import choices, day_field, text_field
from portal.components.decisions import act_form, result_note
from portal.components.desk import figure, quiet_button, section
from portal.components.folds import fold
from portal.components.form_fields import offered_field, offered_words, pick_field
from portal.components.icons import glyph
from portal.components.parts import card, empty, fact, problem_note
from portal.components.trainee import optional
from portal.components.views import badge, some
from portal.domain.advancement import HONOUR_GRADES
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.services.archive_chain import COMPETITION
from portal.services.archive_records import ADDED
from portal.state.advancement import HOME as ADVANCEMENTS
from portal.state.archive_lookup import ArchiveLookupState
from portal.state.facts_options import Option

# Off the class come Vars, whatever its annotations say.
view: Any = ArchiveLookupState

_KINDS = [Option(name, t(f"archive.kind.{name}")) for name in ADDED]
_GRADES = [
    ("", t("archives.add_grade_none")),
    *((grade, t(f"archive.honour.{grade}")) for grade in HONOUR_GRADES),
]
_WAYS = (("id", t("archives.by_id")), ("card", t("archives.by_card")))


def _way(value: str, label: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="by",
            value=value,
            default_checked=value == "id",
            class_name="radio radio-primary",
        ),
        rx.el.span(label),
        class_name="flex items-center gap-3 rounded-xl border border-base-300 bg-base-100 p-3 "
        "min-h-12 cursor-pointer grow",
    )


def _search() -> rx.Component:
    return card(
        act_form(
            t("archives.submit"),
            view.look_up,
            rx.el.fieldset(
                rx.el.legend(t("archives.by_label"), class_name="font-medium mb-1"),
                rx.el.div(*[_way(*way) for way in _WAYS], class_name="flex flex-wrap gap-2"),
            ),
            text_field(
                "number",
                t("archives.number"),
                "",
                hint=t("archives.number_hint"),
                limit=40,
                required=True,
            ),
            look="btn-primary",
            testid="archive-look-up",
            reason=t("archives.reason"),
            hint=t("archives.reason_hint"),
        ),
        class_name="max-w-2xl",
    )


def _person() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(view.person.name, class_name="text-lg font-semibold grow"),
            rx.cond(
                view.is_intact,
                rx.el.p(
                    glyph("shield-check", class_name="size-5 shrink-0"),
                    t("archives.intact"),
                    class_name="flex items-center gap-2 text-success text-sm",
                ),
                rx.el.p(
                    glyph("shield-alert", class_name="size-5 shrink-0"),
                    t("archives.broken"),
                    role="alert",
                    class_name="flex items-center gap-2 text-error font-medium",
                ),
            ),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.dl(
            fact(view.person.id_type, view.person.id_no, wide=True),
            fact(t("persons.page.birth"), view.person.birth),
            fact(t("persons.page.residence"), view.person.residence),
            fact(t("archives.card"), view.card),
            rx.cond(view.records != "", fact(t("archives.records"), view.records, wide=True)),
            class_name="grid grid-cols-2 md:grid-cols-4 gap-3",
        ),
        custom_attrs={"data-testid": "archive-person"},
    )


def _line(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.subject, " · ", row.when, class_name="text-sm text-neutral grow"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.h4(
            row.title,
            class_name=rx.cond(
                row.is_superseded,
                "line-through text-neutral break-words",
                "font-medium break-words",
            ),
        ),
        rx.el.p(
            row.place,
            rx.cond(row.amount != "", rx.el.span(" · ", row.amount)),
            class_name="text-sm",
        ),
        optional(row.note, "text-sm break-all"),
        optional(row.recorded, "text-sm text-neutral"),
        key=row.key,
        custom_attrs={"data-testid": "archive-line"},
        class_name="p-4 space-y-1",
    )


def _list(rows: Any) -> rx.Component:
    return rx.el.ol(
        rx.foreach(rows, _line),
        class_name="rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300",
    )


def _sums() -> rx.Component:
    def row(one: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(one.label, class_name="min-w-0 break-words"),
            rx.el.dd(one.value, class_name="shrink-0 text-end tabular-nums"),
            class_name="flex justify-between gap-3",
        )

    def group(one: Any) -> rx.Component:
        return rx.cond(
            some(one.rows),
            card(fold(one.heading, rx.el.dl(rx.foreach(one.rows, row), class_name="space-y-1"))),
        )

    return rx.el.div(rx.foreach(view.sums, group), class_name="grid gap-3 md:grid-cols-3")


def _competition() -> rx.Component:
    """Chosen from the list of the year: by keyboard, or typed in part and touched."""
    return rx.el.label(
        rx.el.span(t("archives.add_competition"), class_name="block font-medium"),
        rx.el.span(
            rx.cond(
                view.competitions_hint != "",
                view.competitions_hint,
                t("archives.competitions_first"),
            ),
            aria_live="polite",
            custom_attrs={"data-testid": "archive-competitions-hint"},
            class_name="block text-sm text-neutral",
        ),
        rx.el.input(
            name=COMPETITION,
            max_length=200,
            auto_complete="off",
            custom_attrs={"list": "archive-competitions", "data-testid": "archive-competition"},
            class_name="input w-full h-12 text-base mt-1",
        ),
        rx.el.datalist(
            rx.foreach(
                view.competitions, lambda one: rx.el.option(value=one.value, label=one.label)
            ),
            id="archive-competitions",
        ),
        class_name="block",
    )


def _occupation() -> rx.Component:
    return rx.fragment(
        offered_field(
            "occupation",
            t("archives.add_occupation"),
            "archive-occupations",
            hint=t("archives.add_occupation_hint"),
            required=False,
        ),
        offered_words("archive-occupations", view.occupations),
    )


def _suggested() -> rx.Component:
    """What the line that was just put in suggests: to be decided by a person, not here."""
    return rx.foreach(
        view.suggested,
        lambda row: card(
            rx.el.p(t("archives.suggested"), class_name="font-medium"),
            suggestion_facts(row),
            rx.el.a(
                t("archives.suggested_link"),
                href=ADVANCEMENTS,
                class_name="btn bg-base-100 border-base-300 text-base",
            ),
            key=row.key,
            custom_attrs={"data-testid": "archive-suggested"},
        ),
    )


def _add() -> rx.Component:
    return card(
        fold(
            t("archives.add"),
            act_form(
                t("archives.add_submit"),
                view.add,
                rx.el.p(t("archives.add_lead"), class_name="text-neutral"),
                rx.el.div(
                    choices("kind", t("archives.add_kind"), _KINDS),
                    day_field("occurred_on", t("archives.add_day"), on_change=view.pick_day),
                    rx.el.div(
                        _competition(),
                        class_name="hidden group-has-[[value=competition]:checked]:block",
                    ),
                    rx.el.div(
                        text_field("title", t("archives.add_title"), "", limit=120),
                        class_name="group-has-[[value=competition]:checked]:hidden",
                    ),
                    rx.el.div(
                        text_field(
                            "place",
                            t("archives.add_place"),
                            "",
                            hint=t("archives.add_place_hint"),
                            limit=4,
                        ),
                        class_name="hidden group-has-[[value=competition]:checked]:block",
                    ),
                    rx.el.div(
                        pick_field("grade", t("archives.add_grade"), _GRADES, required=False),
                        class_name="hidden group-has-[[value=award]:checked]:block",
                    ),
                    rx.el.div(
                        _occupation(),
                        class_name="hidden group-has-[[value=competition]:checked]:block "
                        "group-has-[[value=award]:checked]:block",
                    ),
                    text_field(
                        "issuer",
                        t("archives.add_issuer"),
                        "",
                        hint=t("archives.add_issuer_hint"),
                        limit=120,
                    ),
                    class_name="group space-y-3",
                ),
                look="btn-primary",
                testid="archive-add",
            ),
        ),
        class_name="max-w-2xl",
    )


def _archive() -> rx.Component:
    return rx.el.div(
        _person(),
        rx.el.dl(rx.foreach(view.totals, figure), class_name="grid grid-cols-3 gap-3"),
        _sums(),
        rx.cond(some(view.running), section(t("archives.running"), _list(view.running))),
        section(
            t("archives.timeline"),
            rx.cond(some(view.lines), _list(view.lines), empty(t("archives.empty"))),
        ),
        result_note(view.said, "archive-done"),
        _suggested(),
        _add(),
        quiet_button(t("archives.again"), view.start_over),
        class_name="space-y-5",
    )


def index() -> rx.Component:
    """First the number and the reason, then the archive."""
    return frame(
        "archives",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.div(
                rx.el.h2(t("archives.title"), class_name="text-xl font-semibold grow"),
                rx.el.p(view.region, class_name="font-medium"),
                class_name="flex flex-wrap items-baseline gap-2",
            ),
            rx.cond(
                view.is_open, rx.fragment(), rx.el.p(t("archives.lead"), class_name="text-neutral")
            ),
            problem_note(view.problem),
            rx.cond(view.is_open, _archive(), _search()),
            class_name="space-y-4",
        ),
        hint=t("archives.auditor"),
    )


PAGES = [Page("/admin/archives", t("archives.title"), index, (view.load,))]

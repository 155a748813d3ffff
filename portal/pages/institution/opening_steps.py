"""``/teach/openings/<id>/<step>``: the six steps of an application, one form a page."""

from typing import Any

import reflex as rx

from portal.components.choices import choice, choices, day_field, text_field
from portal.components.decisions import result_note
from portal.components.desk import QUIET, desk_page
from portal.components.folds import fold
from portal.components.form_fields import choice_field, offered_field, offered_words
from portal.components.openings import SMALL, check_lists
from portal.components.parts import card, problem_note
from portal.locale import t
from portal.pages.institution.opening_week import when
from portal.pages.institution.openings import HOME
from portal.pages.table import Page
from portal.state.opening_steps import OpeningStepState

# Off the class come Vars, whatever its annotations say.
view: Any = OpeningStepState


def _steps() -> rx.Component:
    """The six steps; how each stands is told by a sign, not by colour alone."""
    return rx.el.nav(
        rx.foreach(view.steps, _step_link),
        aria_label=t("opening.steps_nav"),
        class_name="grid grid-cols-3 sm:grid-cols-6 gap-2",
    )


def _step_link(item: Any) -> rx.Component:
    sign = rx.match(item.tone, ("good", "✓"), ("warn", "!"), "·")
    return rx.el.a(
        rx.el.span(item.number, " ", item.label, class_name="truncate"),
        rx.el.span(sign, aria_hidden="true"),
        href=item.href,
        aria_current=rx.cond(item.is_here, "step", "false"),
        class_name=rx.cond(
            item.is_here,
            "btn btn-primary min-h-11 px-2 text-sm flex-nowrap",
            "btn min-h-11 px-2 text-sm flex-nowrap bg-base-100 border-base-300",
        ),
    )


def _form(on_submit: Any, *fields: rx.Component) -> rx.Component:
    """The fields of a step with the one button that saves and goes on."""
    return rx.el.form(
        *fields,
        rx.cond(
            view.is_editable,
            rx.el.button(
                t("opening.next"),
                type="submit",
                custom_attrs={"data-testid": "opening-next"},
                class_name="btn btn-primary btn-lg w-full text-base",
            ),
        ),
        on_submit=on_submit,
        class_name="space-y-4",
    )


def _what() -> rx.Component:
    search = rx.el.form(
        rx.el.div(
            rx.el.input(
                name="search",
                default_value=view.search,
                max_length=40,
                placeholder=t("opening.what.search_hint"),
                aria_label=t("opening.what.search"),
                class_name="input grow min-w-0 h-12 text-base",
            ),
            rx.el.button(t("opening.what.find"), type="submit", class_name=f"{QUIET} h-12"),
            class_name="flex gap-2",
        ),
        on_submit=view.find,
    )
    return rx.el.div(
        search,
        _form(
            view.save_what,
            choices(
                "programme",
                t("opening.what.programme"),
                view.programmes,
                hint=t("opening.what.programme_hint"),
            ),
            rx.cond(view.more != "", rx.el.p(view.more, class_name=SMALL)),
            rx.el.div(
                text_field(
                    "title",
                    t("opening.what.title_field"),
                    view.own_title,
                    hint=t("opening.what.title_hint"),
                ),
                key=view.own_title,
            ),
        ),
        class_name="space-y-4",
    )


def _who() -> rx.Component:
    return _form(
        view.save_who,
        rx.cond(
            view.teachers.length() > 0,
            choices("teacher", t("opening.who.teacher"), view.teachers, hint=t("opening.who.hint")),
            rx.el.p(t("opening.who.none")),
        ),
    )


def _area(name: str, label: str, value: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.textarea(
            name=name,
            default_value=value,
            max_length=400,
            rows=3,
            class_name="textarea w-full text-base mt-1",
        ),
        class_name="block",
    )


def _place(item: Any) -> rx.Component:
    return rx.el.button(
        item.label,
        type="button",
        on_click=view.use_place(item.value),
        class_name=f"{QUIET} h-auto min-h-11 py-2",
    )


def _where() -> rx.Component:
    places = rx.cond(
        view.places.length() > 0,
        fold(
            t("opening.where.places"),
            rx.el.div(rx.foreach(view.places, _place), class_name="flex flex-wrap gap-2"),
        ),
    )
    spot = rx.el.div(
        choice_field(
            "region_code",
            t("opening.where.region"),
            view.regions,
            view.region,
            hint=t("opening.where.region_hint"),
        ),
        text_field("site", t("opening.where.site"), view.site, hint=t("opening.where.site_hint")),
        text_field("room", t("opening.where.room"), view.room, hint=t("opening.where.room_hint")),
        text_field("address", t("opening.where.address"), view.address),
        # Another place fills the fields anew.
        key=f"{view.region}|{view.site}|{view.room}",
        class_name="space-y-4",
    )
    return _form(
        view.save_where,
        places,
        spot,
        rx.el.label(
            rx.el.span(t("opening.where.capacity"), class_name="block font-medium"),
            rx.el.span(t("opening.where.capacity_hint"), class_name=f"block {SMALL}"),
            rx.el.input(
                name="capacity",
                default_value=view.capacity,
                input_mode="numeric",
                max_length=3,
                class_name="input w-full h-12 text-base mt-1 tabular-nums",
            ),
            class_name="block",
        ),
        rx.el.fieldset(
            rx.el.legend(t("opening.where.resources"), class_name="font-medium mb-1"),
            rx.foreach(view.resources, lambda item: choice("", item, several=True)),
            class_name="space-y-2",
        ),
        _area("resource_note", t("opening.where.resource_note"), view.resource_note),
        _area("safety_note", t("opening.where.safety_note"), view.safety_note),
        _area("access_note", t("opening.where.access_note"), view.access_note),
    )


def _body() -> rx.Component:
    """The body in one's own words, or one of those that the catalogue names for the trade."""
    return rx.fragment(
        offered_field(
            "body",
            t("opening.exam.body"),
            "opening-bodies",
            hint=t("opening.exam.body_hint"),
            value=view.body,
            required=False,
            longest=80,
        ),
        offered_words("opening-bodies", view.bodies),
    )


def _exam() -> rx.Component:
    return _form(
        view.save_exam,
        day_field("exam_on", t("opening.exam.on"), view.exam_on, hint=t("opening.exam.on_hint")),
        choices("form", t("opening.exam.form"), view.forms),
        text_field("exam_place", t("opening.exam.place"), view.exam_place),
        choices("certificate", t("opening.exam.certificate"), view.certificates),
        _body(),
    )


def _people() -> rx.Component:
    """Both ways below each other; the browser alone hides what was not chosen."""
    return _form(
        view.save_people,
        choices("mode", t("opening.people.mode"), view.modes),
        rx.el.div(
            rx.el.p(t("opening.people.until_hint"), class_name=SMALL),
            day_field("enrol_from", t("opening.people.enrol_from"), view.enrol_from),
            day_field("enrol_until", t("opening.people.enrol_until"), view.enrol_until),
            class_name="space-y-4 hidden group-has-[[value=open]:checked]:block",
        ),
        rx.el.div(
            rx.cond(
                view.rosters.length() > 0,
                choices(
                    "roster",
                    t("opening.people.rosters"),
                    view.rosters,
                    hint=t("opening.people.rosters_hint"),
                ),
                rx.el.div(
                    rx.el.p(t("opening.people.no_rosters")),
                    rx.el.p(t("opening.people.rosters_hint"), class_name=SMALL),
                ),
            ),
            rx.el.a(
                t("opening.people.upload"), href="/teach/rosters", class_name=f"w-full {QUIET}"
            ),
            class_name="space-y-4 hidden group-has-[[value=roster]:checked]:block",
        ),
    )


def step() -> rx.Component:
    """The step of the address, with what its checks say so far."""
    form = rx.match(
        view.step,
        ("what", _what()),
        ("when", when()),
        ("who", _who()),
        ("where", _where()),
        ("exam", _exam()),
        rx.el.div(_people(), class_name="group"),
    )
    return desk_page(
        view,
        rx.el.div(
            _steps(),
            rx.el.div(
                rx.el.h2(view.heading, class_name="text-lg font-semibold"),
                rx.el.p(view.title, class_name=SMALL),
            ),
            rx.cond(~view.is_editable, rx.el.p(t("opening.locked"), class_name="font-medium")),
            problem_note(view.problem),
            result_note(view.done, "opening-step-done"),
            card(form, class_name="md:p-6"),
            rx.cond(
                view.checks.length() > 0,
                card(
                    rx.el.h3(t("opening.checks.title"), class_name="font-semibold"),
                    check_lists(view.checks, mend=False),
                ),
            ),
            rx.el.div(
                rx.el.a(t("opening.to_check"), href=view.base, class_name=f"grow {QUIET}"),
                rx.el.a(t("opening.skip"), href=view.next_href, class_name=f"grow {QUIET}"),
                class_name="flex flex-wrap gap-2",
            ),
            class_name="space-y-4 max-w-2xl",
        ),
        area="teach",
        title=t("opening.one"),
        back=(t("opening.back"), HOME),
    )


PAGES = [Page(f"{HOME}/[opening_id]/[step]", t("opening.one"), step, (view.load,))]

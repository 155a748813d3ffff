"""``/teach/classes/[class_id]/checkin``: how a class checks in."""

from typing import Any

import reflex as rx

from portal.components.choices import choice
from portal.components.desk import QUIET, desk_page
from portal.components.icons import glyph
from portal.components.parts import card, fact, problem_note
from portal.locale import t
from portal.pages.table import Page
from portal.state.checkin_settings import CheckInSettingsState

# Off the class come Vars, whatever its annotations say.
view: Any = CheckInSettingsState
_SMALL = "text-sm text-neutral"


def _done(sentence: Any) -> rx.Component:
    return rx.cond(
        sentence != "",
        rx.el.p(
            glyph("circle-check", class_name="size-5 inline-block me-1 align-[-0.2em]"),
            sentence,
            role="status",
            custom_attrs={"data-testid": "settings-done"},
            class_name="text-success",
        ),
    )


def _number(name: Any, label: Any, value: Any, hint: Any, mode: str) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block"),
        rx.el.input(
            name=name,
            default_value=value,
            input_mode=mode,
            max_length=10,
            auto_complete="off",
            class_name="input w-full h-12 text-base mt-1 tabular-nums",
        ),
        rx.el.span(hint, class_name=f"block {_SMALL}"),
        class_name="block",
    )


def _windows() -> rx.Component:
    """Folded: few classes need windows of their own."""
    return rx.el.details(
        rx.el.summary(
            t("checkin_settings.windows"),
            class_name="min-h-12 py-3 text-primary font-medium cursor-pointer",
        ),
        rx.el.p(view.windows_lead, class_name=_SMALL),
        rx.cond(
            view.is_ahead,
            rx.el.div(
                rx.foreach(
                    view.windows,
                    lambda row: _number(row.name, row.label, row.minutes, row.hint, "numeric"),
                ),
                class_name="space-y-3 pt-2",
            ),
        ),
    )


def _manager_form() -> rx.Component:
    """The switches, the reason for switching the question off, and the windows."""
    return rx.el.form(
        choice("", view.trap, several=True),
        # Shown by the browser alone, while the box that was ticked is not any more.
        rx.cond(
            view.trap.checked,
            rx.el.label(
                rx.el.span(t("checkin_settings.reason"), class_name="block"),
                rx.el.input(
                    name="reason",
                    max_length=200,
                    auto_complete="off",
                    class_name="input w-full h-12 text-base mt-1",
                ),
                rx.el.span(t("checkin_settings.reason_hint"), class_name=f"block {_SMALL}"),
                class_name="hidden group-has-[[name^=relay]:not(:checked)]:block",
            ),
        ),
        choice("", view.new_code, several=True),
        _windows(),
        rx.cond(view.sent == "settings", problem_note(view.problem)),
        _done(view.done),
        rx.el.button(
            t("checkin_settings.save"),
            type="submit",
            custom_attrs={"data-testid": "settings-save"},
            class_name="btn btn-primary w-full text-base",
        ),
        on_submit=view.save,
        class_name="group space-y-3",
    )


def _said(item: Any) -> rx.Component:
    state = rx.cond(item.checked, t("checkin_settings.on"), t("checkin_settings.off"))
    return fact(item.label, state, wide=True)


def _as_it_stands() -> rx.Component:
    """What whoever may not change it reads."""
    return rx.el.div(
        rx.el.dl(
            *[_said(item) for item in (view.trap, view.new_code)],
            rx.foreach(view.windows, lambda row: fact(row.label, row.said, wide=True)),
            class_name="grid grid-cols-2 gap-3",
        ),
        rx.el.p(
            rx.cond(view.is_over, t("checkin_settings.over"), t("checkin_settings.manager_only")),
            class_name=_SMALL,
        ),
        class_name="space-y-3",
    )


def _here() -> rx.Component:
    """The button that ``assets/venue.js`` hears, with what it may have to say."""
    said = {
        name: t(f"checkin_settings.here_{name}") for name in ("wait", "done", "denied", "unknown")
    }
    return rx.fragment(
        rx.el.script(src="/venue.js", custom_attrs={"async": True}),
        rx.el.button(
            glyph("map-pin", class_name="size-5"),
            t("checkin_settings.here"),
            type="button",
            custom_attrs={"data-venue-here": "1"} | {f"data-{k}": v for k, v in said.items()},
            class_name=f"w-full {QUIET}",
        ),
        rx.el.p(role="status", custom_attrs={"data-venue-told": "1"}, class_name=_SMALL),
    )


def _place() -> rx.Component:
    """Where the room is; whoever teaches stands in it and may say so."""
    return card(
        rx.el.h2(t("checkin_settings.place"), class_name="text-lg font-semibold"),
        rx.el.p(view.place_lead, class_name=_SMALL),
        rx.el.form(
            _here(),
            rx.el.div(
                _number("lat", t("checkin_settings.lat"), view.lat, "", "decimal"),
                _number("lon", t("checkin_settings.lon"), view.lon, "", "decimal"),
                class_name="grid grid-cols-2 gap-3",
            ),
            rx.el.p(t("checkin_settings.coordinates_hint"), class_name=_SMALL),
            choice("", view.asks, several=True),
            rx.cond(view.sent == "place", problem_note(view.problem)),
            _done(view.done_place),
            rx.el.button(
                t("checkin_settings.save_place"),
                type="submit",
                custom_attrs={"data-testid": "place-save"},
                class_name=f"w-full {QUIET}",
            ),
            on_submit=view.save_place,
            class_name="space-y-3",
        ),
    )


def index() -> rx.Component:
    """The settings, the manager's first."""
    return desk_page(
        view,
        rx.el.div(
            card(
                rx.el.h2(view.course, class_name="text-lg font-semibold leading-snug"),
                rx.cond(view.may_change, _manager_form(), _as_it_stands()),
                class_name="space-y-3",
            ),
            rx.cond(view.is_over, rx.fragment(), _place()),
            rx.el.a(t("checkin_settings.to_class"), href=view.back, class_name=f"w-full {QUIET}"),
            class_name="space-y-4",
        ),
        area="teach",
        title=t("checkin_settings.title"),
        back=(t("teach.back"), "/teach"),
    )


PAGES = [
    Page(
        "/teach/classes/[class_id]/checkin",
        t("checkin_settings.title"),
        index,
        (CheckInSettingsState.load,),
    )
]

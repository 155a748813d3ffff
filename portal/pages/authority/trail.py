"""``/admin/audit``: the audit trail, found and examined."""

from typing import Any

import reflex as rx

from portal.components.choices import day_field, text_field
from portal.components.desk import QUIET, main_button, quiet_button, section
from portal.components.icons import glyph
from portal.components.parts import card, empty, problem_note
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.services.audit_trail.wanted import WAYS
from portal.state.trail import TrailState

# Off the class come Vars, whatever its annotations say.
view: Any = TrailState

_SMALL = "text-sm text-neutral"
_FIELDS = ("person", "way", "action", "purpose", "thing", "since", "until")


def event(row: Any) -> rx.Component:
    """One event: what, by whom, when, about whom, why; and whether it stands as it was closed."""
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.action, class_name="font-medium"),
            rx.el.p(row.when, class_name=_SMALL),
            class_name="flex flex-wrap justify-between gap-x-4",
        ),
        rx.el.p(row.who, class_name="text-sm"),
        rx.cond(row.about != "", rx.el.p(row.about, class_name=_SMALL)),
        rx.el.p(row.purpose, class_name=_SMALL),
        rx.cond(row.reason != "", rx.el.p(row.reason, class_name="text-sm break-words")),
        rx.el.p(
            rx.cond(
                row.tone == "bad",
                glyph("triangle-alert", class_name="size-4 inline-block me-1 align-[-0.1em]"),
            ),
            row.number,
            " · ",
            row.standing,
            class_name=rx.cond(row.tone == "bad", "text-sm text-error font-medium", _SMALL),
        ),
        custom_attrs={"data-testid": "trail-row"},
        class_name="p-4",
    )


def _select(name: str, label: str, value: Any, *options: rx.Component) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.select(
            *options,
            name=name,
            # What was chosen, after a search as well.
            key=f"{name}-" + value.to_string(),
            default_value=value,
            class_name="select w-full h-12 text-base mt-1",
        ),
        class_name="block",
    )


def _choices(choices: Any) -> tuple[rx.Component, ...]:
    return (
        rx.el.option(t("trail.form.all"), value=""),
        rx.foreach(choices, lambda one: rx.el.option(one.label, value=one.value)),
    )


def finder() -> rx.Component:
    """What to look for; filled as it was typed."""
    form = view.form
    ways = [rx.el.option(t(f"trail.way.{way}"), value=way) for way in WAYS]
    return card(
        rx.el.h2(t("trail.form.title"), class_name="text-lg font-semibold"),
        rx.el.form(
            rx.el.div(
                text_field(
                    "person",
                    t("trail.form.person"),
                    form.person,
                    hint=t("trail.form.person_hint"),
                ),
                _select("way", t("trail.form.way"), form.way, *ways),
                _select("action", t("trail.form.action"), form.action, *_choices(view.actions)),
                _select("purpose", t("trail.form.purpose"), form.purpose, *_choices(view.purposes)),
                text_field(
                    "thing", t("trail.form.thing"), form.thing, hint=t("trail.form.thing_hint")
                ),
                day_field("since", t("trail.form.since"), form.since),
                day_field("until", t("trail.form.until"), form.until),
                class_name="grid gap-4 md:grid-cols-2 lg:grid-cols-3 items-end",
            ),
            rx.el.p(t("trail.form.audited"), class_name=_SMALL),
            rx.el.div(
                rx.el.button(
                    t("trail.form.search"),
                    type="submit",
                    custom_attrs={"data-testid": "trail-search"},
                    class_name="btn btn-primary grow text-base",
                ),
                rx.el.a(
                    t("trail.form.clear"),
                    href="/admin/audit",
                    custom_attrs={"reloadDocument": True},
                    class_name=f"grow {QUIET}",
                ),
                class_name="flex flex-wrap gap-2",
            ),
            on_submit=view.search,
            reset_on_submit=False,
            class_name="space-y-4",
        ),
        problem_note(view.problem),
    )


def taking_out() -> rx.Component:
    """The same search, handed to the form of the export by a post: no address names anybody."""
    return section(
        t("trail.export.title"),
        rx.el.p(t("trail.export.lead"), class_name=_SMALL),
        rx.el.form(
            *[
                rx.el.input(type="hidden", name=name, value=getattr(view.form, name))
                for name in _FIELDS
            ],
            rx.el.button(t("trail.export.open"), type="submit", class_name=f"w-full {QUIET}"),
            method="post",
            action="/admin/audit/export",
            # The browser itself posts it.
            on_submit=None,
        ),
    )


def checking() -> rx.Component:
    """The examination of everything, and what it found."""
    return section(
        t("trail.check.title"),
        rx.el.p(t("trail.check.lead"), class_name=_SMALL),
        rx.cond(
            view.checking != "",
            rx.el.p(view.checking, role="status"),
            quiet_button(t("trail.check.start"), view.check),
        ),
        rx.cond(
            view.checked != "",
            rx.el.p(view.checked, role="status", custom_attrs={"data-testid": "trail-checked"}),
        ),
        problem_note(view.wrong),
        rx.cond(view.wrong != "", rx.el.p(t("trail.check.what_now"))),
    )


def ways() -> rx.Component:
    """Further back, or to the newest."""
    return rx.el.nav(
        rx.cond(
            view.has_older,
            main_button(t("admin.trail.older"), view.search_older, testid="trail-older"),
            rx.cond(
                view.older != "",
                rx.el.a(t("admin.trail.older"), href=view.older, class_name=f"grow {QUIET}"),
                rx.el.p(t("admin.trail.end"), class_name=f"{_SMALL} text-center grow p-3"),
            ),
        ),
        rx.cond(
            view.is_newest,
            rx.fragment(),
            rx.el.a(
                t("admin.trail.newest"),
                href="/admin/audit",
                custom_attrs={"reloadDocument": True},
                class_name=f"grow {QUIET}",
            ),
        ),
        class_name="flex flex-wrap gap-2",
    )


def index() -> rx.Component:
    """The trail, newest first."""
    return frame(
        "trail",
        view.status,
        view.problem,
        rx.el.p(t("admin.trail.lead"), class_name="text-neutral"),
        finder(),
        rx.el.div(checking(), taking_out(), class_name="grid gap-6 md:grid-cols-2 items-start"),
        rx.cond(
            view.rows.length() > 0,
            rx.el.ol(
                rx.foreach(view.rows, event),
                class_name="rounded-2xl bg-base-100 border border-base-300 divide-y "
                "divide-base-300",
            ),
            rx.cond(view.is_search, empty(t("trail.empty_search")), empty(t("admin.trail.empty"))),
        ),
        ways(),
        hint=t("admin.trail.officer"),
    )


PAGES = [Page("/admin/audit", t("admin.trail.title"), index, (view.load,))]

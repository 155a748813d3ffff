"""Parts of a class's page: clauses, sessions, place, provider, the bar at the thumb."""

from typing import Any

import reflex as rx

from portal.components.folds import fold, source
from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link
from portal.locale import t


def clauses(title: str, groups: Any) -> rx.Component:
    """Groups with the clause that frees them; ``groups`` are ``FreeGroup``."""
    return rx.cond(
        groups.length() > 0,
        fold(
            title,
            rx.el.p(groups[0].document, class_name="text-sm text-neutral pb-1"),
            rx.el.ul(rx.foreach(groups, _group), class_name="space-y-2 pb-2"),
        ),
    )


def _group(group: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            group.phrase, class_name=rx.cond(group.for_this_class, "font-semibold", "font-normal")
        ),
        source(group.clause, group.quote),
    )


def session_list(title: Any, sessions: Any) -> rx.Component:
    """All meetings, folded away."""
    return card(
        fold(
            title,
            rx.el.ol(rx.foreach(sessions, _session), class_name="divide-y divide-base-300"),
        ),
        class_name="py-2",
    )


def _session(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(item.when_text),
        rx.el.p(
            item.kind_text, " · ", item.topic, " · ", item.room, class_name="text-sm text-neutral"
        ),
        class_name="py-2",
    )


def place(item: Any) -> rx.Component:
    """Where, and how to get in."""
    return rx.el.div(
        rx.el.dt(t("public.class.place"), class_name="text-sm text-neutral"),
        rx.el.dd(item.address, " ", item.site, class_name="text-base break-words"),
        rx.cond(
            item.access_note != "",
            rx.el.dd(
                glyph("accessibility", class_name="size-4 shrink-0 mt-0.5"),
                item.access_note,
                class_name="text-sm text-neutral flex gap-1",
            ),
        ),
        class_name="col-span-2",
    )


def provider_link(item: Any) -> rx.Component:
    """The institution, as a link to its page; ``item`` is an ``InstitutionCard``."""
    return rx.el.a(
        glyph("school", class_name="size-6 text-primary shrink-0"),
        rx.el.span(
            rx.el.span(item.name, class_name="font-medium block"),
            rx.el.span(
                item.kind_name, " · ", item.region_name, class_name="text-sm text-neutral block"
            ),
            rx.el.span(item.standing_text, class_name="text-sm text-neutral block"),
            class_name="grow min-w-0",
        ),
        glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
        href="/institutions/" + item.id,
        class_name="flex items-center gap-3 rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def action_bar(action: Any) -> rx.Component:
    """What comes next in a sentence, and the one main button; ``action`` is a ``ClassAction``."""
    main = "btn btn-primary w-full text-base"
    other = rx.el.a(t("public.class.similar"), href=action.href, class_name=f"{main} btn-outline")

    def plain(label: str, **props: str) -> rx.Component:
        return plain_link(label, href=action.href, class_name=main, **props)

    return rx.el.div(
        rx.el.p(action.sentence, class_name="text-sm text-neutral"),
        rx.match(
            action.kind,
            ("enrol", plain(t("public.class.enrol"), data_testid="enrol-button")),
            ("ask", plain(t("preflight.ask"), data_testid="enrol-button")),
            ("wait", plain(t("preflight.wait"), data_testid="enrol-button")),
            ("place", plain(t("preflight.place"))),
            (
                "enrolled",
                rx.el.a(t("public.class.see_enrolment"), href=action.href, class_name=main),
            ),
            other,
        ),
        class_name="space-y-2",
    )

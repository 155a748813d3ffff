"""Cards of a trainee's own things."""

from typing import Any

import reflex as rx

from portal.components.views import badge, hours_bar
from portal.locale import t


def optional(value: Any, class_name: str) -> rx.Component:
    """A paragraph that is there only when it says something."""
    return rx.cond(value != "", rx.el.p(value, class_name=class_name))


def meeting_facts(item: Any) -> rx.Component:
    """A session: when, where, in and out, what it counts; ``item`` is a ``MeetingRow``."""
    return rx.el.div(
        rx.el.div(
            rx.el.h3(item.heading, class_name="font-medium min-w-0 break-words"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.when, " · ", item.room, class_name="text-sm text-neutral"),
        optional(item.times, "text-base"),
        rx.el.p(item.hours, class_name="text-sm"),
        optional(item.receipts, "text-sm text-neutral break-words"),
        optional(item.note, "rounded-xl bg-warning/15 p-3 text-sm"),
        custom_attrs={"data-testid": "meeting"},
        class_name="space-y-1",
    )


def meeting_list(heading: str, items: Any) -> rx.Component:
    """Sessions in one card, a line between them."""
    return rx.el.section(
        rx.el.h2(heading, class_name="text-lg font-semibold"),
        rx.el.ul(
            rx.foreach(items, lambda item: rx.el.li(meeting_facts(item), class_name="p-4")),
            class_name="rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300",
        ),
        class_name="space-y-3",
    )


def enrolment_card(item: Any) -> rx.Component:
    """An enrolment in the list; ``item`` is an ``EnrolmentRow``."""
    return rx.el.a(
        rx.el.div(
            rx.el.h2(item.title, class_name="font-semibold min-w-0 break-words"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.institution, class_name="text-sm text-neutral"),
        rx.el.p(item.dates, class_name="text-sm text-neutral"),
        optional(item.next_meeting, "text-base"),
        optional(item.pending, "text-base font-medium"),
        rx.cond(
            item.is_live,
            hours_bar(item.hours, item.planned, item.progress, t("trainee.enrolments.hours_label")),
        ),
        href=item.href,
        custom_attrs={"data-testid": "enrolment-card"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-2",
    )

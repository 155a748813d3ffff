"""``/teach/sessions/[session_id]``: the attendance sheet of a session."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.desk import QUIET, desk_page, main_button
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, empty, problem_note
from portal.components.sheet import SheetActions, shared_reason, trainee
from portal.components.sheet_extras import call_panel, guests_panel, leave_panel
from portal.components.sheet_uploads import uploads_panel
from portal.components.shell import plain_link
from portal.components.staff_attendance import staff_attendance
from portal.locale import t
from portal.pages.institution.today import LIST
from portal.pages.table import Page
from portal.state.attendance import SheetState
from portal.state.sheet_extras import SheetExtrasState
from portal.state.sheet_uploads import SheetUploadsState
from portal.state.staff_attendance import StaffAttendanceState

# Off the class come Vars, whatever its annotations say.
view: Any = SheetState
extras: Any = SheetExtrasState
staff: Any = StaffAttendanceState
uploads: Any = SheetUploadsState


def head() -> rx.Component:
    """Which session, how many have come, and the ways to look again or show the code."""
    return card(
        rx.el.div(
            rx.el.div(
                rx.el.h2(view.course, class_name="font-semibold leading-snug"),
                rx.el.p(view.when, class_name="text-sm text-neutral"),
                rx.el.p(view.place, class_name="text-sm text-neutral"),
                class_name="grow min-w-0 space-y-1",
            ),
            rx.el.div(
                rx.el.p(view.present, class_name="text-2xl font-semibold tabular-nums"),
                rx.el.p(t("teach.sheet.present_label"), class_name="text-sm text-neutral"),
                class_name="text-end shrink-0",
            ),
            class_name="flex items-start gap-4",
        ),
        rx.el.p(view.summary, class_name="text-sm"),
        rx.el.div(
            rx.el.button(
                glyph("refresh-cw", class_name="size-5"),
                t("teach.sheet.refresh"),
                type="button",
                on_click=[view.load, extras.load, staff.load, uploads.load],
                class_name=f"grow {QUIET}",
            ),
            rx.cond(
                view.screen_open,
                plain_link(
                    glyph("qr-code", class_name="size-5"),
                    t("teach.open_screen"),
                    href=view.screen,
                    class_name=f"grow {QUIET}",
                ),
            ),
            rx.cond(
                view.screen_open,
                plain_link(
                    glyph("scan-line", class_name="size-5"),
                    t("staff_scan.open"),
                    href=view.scan,
                    class_name=f"grow {QUIET}",
                ),
            ),
            class_name="flex flex-wrap gap-2",
        ),
    )


def rows() -> rx.Component:
    """Odd rows first, in a card of their own, then everybody else."""
    act = SheetActions(
        edit=view.edit,
        mark=view.mark,
        correct=view.correct,
        approve=view.approve,
        refuse=view.refuse,
        take_back=view.take_back,
        editing=view.editing,
        hour_choices=view.hour_choices,
        problem=view.problem,
    )
    odd = rx.el.section(
        rx.el.h2(view.odd_title, class_name="font-semibold text-accent px-4 pt-4"),
        rx.cond(
            view.shared.length() > 0,
            rx.el.dl(
                rx.foreach(view.shared, shared_reason),
                custom_attrs={"data-testid": "shared-reasons"},
                class_name="text-sm px-4 pt-2 pb-3 space-y-2 border-b border-accent/20",
            ),
        ),
        rx.el.ul(
            rx.foreach(view.odd, lambda row: trainee(row, act)),
            class_name="divide-y divide-accent/20",
        ),
        class_name="rounded-2xl border border-accent/40 bg-accent/5",
    )
    fine = rx.el.section(
        rx.el.h2(
            rx.cond(view.odd.length() > 0, t("teach.sheet.fine_title"), t("teach.sheet.fine_only")),
            class_name="font-semibold mb-2",
        ),
        rx.el.ul(rx.foreach(view.fine, lambda row: trainee(row, act)), class_name=LIST),
    )
    return rx.el.div(
        rx.cond(view.odd.length() > 0, odd),
        rx.cond(view.fine.length() > 0, fine),
        rx.cond(
            view.odd.length() + view.fine.length() == 0,
            empty(t("teach.sheet.empty")),
        ),
        class_name="space-y-4",
    )


def asked() -> rx.Component:
    """Leave that waits for an answer stands before the rows that it changes."""
    return rx.cond(
        (extras.problem != "") | (extras.done != "") | (extras.requests.length() > 0),
        rx.el.div(
            problem_note(extras.problem),
            result_note(extras.done, "extras-done"),
            leave_panel(extras),
            class_name="space-y-4",
        ),
    )


def ways() -> rx.Component:
    """What the words beside the times mean, and how far each is to be trusted."""
    lines = [
        rx.el.li(t(f"teach.sheet.trust_{level}", ways=t(f"teach.sheet.ways_{level}")))
        for level in (3, 2, 1)
    ]
    return fold(
        t("teach.sheet.ways"),
        rx.el.ul(*lines, class_name="list-disc ps-5 space-y-1 text-sm pb-2"),
    )


def beside() -> rx.Component:
    """Below the rows on a phone, beside them on a desk: roll-call, guests, uploads."""
    return rx.el.div(
        rx.cond(
            extras.status == "ready",
            rx.fragment(
                rx.cond(extras.call_status != "open", call_panel(extras)), guests_panel(extras)
            ),
        ),
        uploads_panel(uploads),
        class_name="space-y-4 min-w-0 lg:col-start-2 lg:row-start-2",
    )


def taught_by() -> rx.Component:
    """Who teaches. On a phone it stands before thirty rows while the tap is due, or the staff
    forget it, and behind them afterwards."""
    is_due = (staff.phase != "") | view.screen_open
    return rx.el.div(
        rx.cond(staff.status == "ready", staff_attendance(staff)),
        class_name=rx.cond(
            is_due,
            "order-first empty:hidden lg:order-none lg:col-start-2 lg:row-start-1",
            "order-last empty:hidden lg:order-none lg:col-start-2 lg:row-start-1",
        ),
    )


def done() -> rx.Component:
    """What was just done, and what follows."""
    return result_note(view.done, "sheet-done")


def confirm_bar() -> rx.Component:
    """The one main button at the thumb, and above it what it does or why it waits."""
    return rx.el.div(
        problem_note(view.problem),
        done(),
        rx.el.p(view.hint, class_name="text-sm"),
        rx.cond(
            view.can_confirm,
            main_button(view.label, view.confirm, testid="attendance-confirm"),
            rx.el.a(t("teach.sheet.to_class"), href=view.class_href, class_name=f"w-full {QUIET}"),
        ),
        class_name="sticky bottom-16 -mx-4 p-4 pt-3 space-y-2 bg-base-100 border-t "
        "border-base-300 z-10",
    )


def index() -> rx.Component:
    """The sheet."""
    return desk_page(
        view,
        rx.el.div(
            head(),
            # While the roll is called, nothing matters more.
            rx.cond(extras.call_status == "open", call_panel(extras)),
            rx.el.div(
                taught_by(),
                rx.el.div(
                    asked(),
                    rows(),
                    ways(),
                    class_name="space-y-4 min-w-0 lg:col-start-1 lg:row-start-1 lg:row-span-2",
                ),
                beside(),
                class_name="grid gap-4 items-start lg:grid-cols-[minmax(0,1fr)_22rem] "
                "lg:grid-rows-[auto_1fr]",
            ),
            # One main button at a time: that of an open correction, or this.
            rx.cond(view.editing == "", confirm_bar()),
            class_name="space-y-4",
        ),
        area="teach",
        title=rx.cond(view.title != "", view.title, t("teach.sheet.page_title")),
        back=(t("teach.back"), "/teach"),
        wide=True,
    )


PAGES = [
    Page(
        "/teach/sessions/[session_id]",
        t("teach.sheet.page_title"),
        index,
        (SheetState.load, SheetExtrasState.load, StaffAttendanceState.load, SheetUploadsState.load),
    ),
]

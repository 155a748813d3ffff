"""``/admin/certificates``: drafts, and a certificate looked up to be corrected or revoked."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.desk import QUIET, pager, quiet_button, section
from portal.components.parts import card, fact, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.papers import DraftsState
from portal.state.revocation import RevocationState

# Off the class come Vars, whatever its annotations say.
view: Any = RevocationState
begun: Any = DraftsState


def look_up_form() -> rx.Component:
    """First the number."""
    return rx.el.form(
        rx.el.label(
            rx.el.span(t("admin.revoke.number"), class_name="block font-medium"),
            rx.el.span(t("papers.number_hint"), class_name="block text-sm text-neutral"),
            rx.el.input(
                name="number",
                required=True,
                max_length=40,
                auto_complete="off",
                custom_attrs={"data-testid": "revoke-number"},
                class_name="input input-lg w-full text-base mt-1",
            ),
            class_name="block",
        ),
        rx.el.button(
            t("admin.revoke.look_up"),
            type="submit",
            class_name="btn btn-primary w-full text-base",
        ),
        on_submit=view.look_up,
        class_name="space-y-3",
    )


def found() -> rx.Component:
    """What the number stands for, to be checked against the paper."""
    return card(
        rx.el.div(
            rx.el.h2(t("admin.revoke.found"), class_name="text-lg font-semibold grow"),
            badge(view.tone, view.state),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.dl(
            fact(t("admin.revoke.number"), view.number, wide=True),
            fact(t("admin.revoke.holder"), view.holder),
            fact(t("admin.revoke.issued_on"), view.issued_on),
            fact(t("admin.revoke.course"), view.course, wide=True),
            fact(t("admin.revoke.institution"), view.institution, wide=True),
            class_name="grid grid-cols-2 gap-3",
        ),
    )


def revoke_form() -> rx.Component:
    """Then the reason; the number travels with it, so that a lost link loses nothing."""
    return rx.el.form(
        rx.el.input(type="hidden", name="number", value=view.number, read_only=True),
        rx.el.label(
            rx.el.span(t("admin.revoke.reason"), class_name="block font-medium"),
            rx.el.span(t("admin.revoke.reason_hint"), class_name="block text-sm text-neutral"),
            rx.el.textarea(
                name="reason",
                required=True,
                min_length=4,
                max_length=200,
                rows=3,
                custom_attrs={"data-testid": "revoke-reason"},
                class_name="textarea w-full text-base mt-1",
            ),
            class_name="block",
        ),
        rx.el.button(
            t("admin.revoke.confirm"),
            type="submit",
            custom_attrs={"data-testid": "revoke-submit"},
            class_name="btn btn-error w-full text-base",
        ),
        on_submit=view.revoke,
        class_name="space-y-3",
    )


def result() -> rx.Component:
    """What was done, or that it had been done before."""
    said = rx.cond(view.done != "", view.done, t("admin.revoke.already"))
    return result_note(said, "revoke-result")


def another() -> rx.Component:
    """Back to the first step."""
    return quiet_button(t("admin.revoke.another"), view.start_over)


def desk_link() -> rx.Component:
    """To everything else that may be done with it."""
    return rx.cond(
        view.desk != "",
        rx.el.a(
            t("papers.more"),
            href=view.desk,
            custom_attrs={"data-testid": "paper-desk"},
            class_name=f"w-full {QUIET}",
        ),
    )


def _draft(item: Any) -> rx.Component:
    return rx.el.a(
        rx.el.p(item.title, class_name="font-medium break-words"),
        rx.el.p(item.kind, " · ", item.holder, class_name="text-sm"),
        rx.el.p(item.made, class_name="text-sm text-neutral"),
        href=item.href,
        custom_attrs={"data-testid": "paper-draft"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def drafts() -> rx.Component:
    """A new certificate, and those begun."""
    return section(
        t("papers.drafts"),
        rx.el.a(
            t("papers.issue"),
            href="/admin/certificates/new",
            custom_attrs={"data-testid": "paper-new"},
            class_name="btn btn-primary w-full text-base",
        ),
        rx.el.p(t("papers.issue_lead"), class_name="text-sm text-neutral"),
        rx.cond(
            begun.rows.length() > 0,
            rx.el.div(
                rx.foreach(begun.rows, _draft),
                pager(begun.previous, begun.place, begun.next),
                class_name="space-y-3",
            ),
            rx.el.p(t("papers.drafts_none"), class_name="text-neutral"),
        ),
    )


def index() -> rx.Component:
    """Number, check, reason; beside it what is begun."""
    return frame(
        "certificates",
        view.status,
        view.problem,
        rx.el.div(_look_up(), drafts(), class_name="grid gap-8 lg:grid-cols-2 items-start"),
        hint=t("admin.revoke.auditor"),
    )


def _look_up() -> rx.Component:
    return rx.el.div(
        rx.el.h2(t("papers.find"), class_name="text-lg font-semibold"),
        rx.el.p(t("papers.lead"), class_name="text-neutral"),
        problem_note(view.problem),
        rx.match(
            view.step,
            (
                "valid",
                rx.el.div(
                    found(),
                    desk_link(),
                    card(
                        rx.el.h3(t("admin.revoke.title"), class_name="font-semibold"),
                        rx.el.p(t("admin.revoke.lead"), class_name="text-neutral"),
                        revoke_form(),
                    ),
                    another(),
                    class_name="space-y-4",
                ),
            ),
            (
                "revoked",
                rx.el.div(result(), found(), desk_link(), another(), class_name="space-y-4"),
            ),
            look_up_form(),
        ),
        class_name="space-y-4",
    )


PAGES = [
    Page("/admin/certificates", t("papers.desk.title"), index, (view.load, begun.load)),
]

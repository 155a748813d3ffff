"""/me/data: what is held about me, and how to take it along or have it put right."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.own_helpers import acts_card, helpers_card
from portal.components.parts import card, fact
from portal.components.shell import shell
from portal.components.views import by_status, download, some, tile
from portal.locale import t
from portal.pages.table import Page
from portal.state.account import AccountState
from portal.state.helping import OwnHelpersState

# Off the class come Vars, whatever its annotations say.
view: Any = AccountState


def _list(heading: str, items: Any, line: Any = rx.el.li) -> rx.Component:
    return card(
        rx.el.h2(heading, class_name="font-semibold"),
        rx.cond(
            some(items),
            rx.el.ul(rx.foreach(items, line), class_name="list-disc ps-5 space-y-1"),
            rx.el.p(t("trainee.data.no_consents"), class_name="text-neutral"),
        ),
    )


def _consent(item: Any) -> rx.Component:
    return rx.el.li(
        item.text,
        rx.cond(
            item.ends != "",
            rx.el.button(
                item.ends,
                type="button",
                on_click=view.withdraw(item.purpose),
                custom_attrs={"data-testid": "consent-withdraw"},
                class_name="btn w-full text-base my-1",
            ),
        ),
    )


def _situation() -> rx.Component:
    return rx.cond(
        AccountState.is_trainee,
        card(
            rx.el.h2(t("trainee.data.situation"), class_name="font-semibold"),
            rx.cond(
                some(AccountState.situation),
                rx.el.ul(
                    rx.foreach(AccountState.situation, rx.el.li),
                    class_name="list-disc ps-5 space-y-1",
                ),
                rx.el.p(t("trainee.data.no_situation"), class_name="text-neutral"),
            ),
            rx.el.a(
                t("trainee.data.see_facts"), href="/me/facts", class_name="btn w-full text-base"
            ),
        ),
    )


def _held() -> rx.Component:
    return card(
        rx.el.h2(t("trainee.data.held"), class_name="font-semibold"),
        rx.el.dl(
            rx.foreach(AccountState.facts, lambda item: fact(item.label, item.value, wide=True)),
            class_name="grid grid-cols-2 gap-y-3",
        ),
        rx.el.p(t("trainee.data.masked"), class_name="text-sm text-neutral"),
        rx.el.p(t("trainee.data.also"), class_name="text-sm text-neutral"),
        rx.el.a(
            t("trainee.data.see_enrolments"),
            href="/me/enrolments",
            class_name="btn w-full text-base",
        ),
    )


def _take() -> rx.Component:
    archive = rx.fragment(
        download(t("trainee.archive.pdf"), "/files/archive.pdf"),
        download(t("trainee.archive.json"), "/files/archive.json", "braces"),
    )
    return card(
        rx.el.h2(t("trainee.data.take"), class_name="font-semibold"),
        rx.el.p(t("trainee.data.take_text")),
        rx.el.div(download(t("rights.data.zip"), "/files/data.zip"), class_name="flex"),
        rx.el.p(t("rights.data.zip_note"), class_name="text-sm text-neutral"),
        rx.el.div(
            rx.cond(AccountState.is_trainee, archive),
            download(t("trainee.data.data_json"), "/files/data.json", "braces"),
            class_name="flex flex-wrap gap-2",
        ),
    )


def _rights() -> rx.Component:
    """What the law lets everybody do about the own data, each with its page."""
    access = _way("user-check", "access", "/me/access")
    own = rx.fragment(
        _way("pencil", "corrections", "/me/corrections"),
        _way("circle-x", "close", "/me/close", is_plain=True),
    )
    return rx.el.section(
        rx.el.h2(t("rights.data.rights"), class_name="text-lg font-semibold mb-3"),
        rx.el.div(
            access,
            rx.cond(AccountState.is_trainee, own),
            class_name="grid grid-cols-2 sm:grid-cols-3 gap-3",
        ),
    )


def _way(icon: str, name: str, href: str, *, is_plain: bool = False) -> rx.Component:
    note = t(f"rights.data.{name}_note")
    return tile(icon, t(f"rights.data.{name}_link"), href, note, is_plain=is_plain)


def _wrong() -> rx.Component:
    return card(
        rx.el.h2(t("trainee.data.wrong"), class_name="font-semibold"),
        rx.el.p(t("rights.data.wrong_text")),
    )


def data() -> rx.Component:
    """The page."""
    ready = rx.el.div(
        # Whoever is asked for a mandate came here to answer.
        helpers_card(
            OwnHelpersState.helpers,
            OwnHelpersState.problem,
            confirm=OwnHelpersState.confirm,
            revoke=OwnHelpersState.revoke,
        ),
        result_note(view.done, "consent-done"),
        _held(),
        _rights(),
        _situation(),
        _list(t("trainee.data.consents"), AccountState.consents, _consent),
        _list(t("trainee.data.devices"), AccountState.devices),
        acts_card(OwnHelpersState.helpers, OwnHelpersState.acts),
        _take(),
        _wrong(),
        class_name="space-y-4",
    )
    return shell(
        by_status(AccountState.status, AccountState.problem, ready, next_path="/me/data"),
        title=t("trainee.data.title"),
        active="me",
        back="/me",
    )


PAGES = [Page("/me/data", t("trainee.data.title"), data, (AccountState.load, OwnHelpersState.load))]

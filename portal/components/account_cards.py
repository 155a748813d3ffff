"""An account as administrators see it, with the acts that fit it, each with its reason."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field
from portal.components.decisions import ONCE
from portal.components.folds import fold
from portal.components.form_fields import offered_field, offered_words
from portal.components.parts import card
from portal.components.views import badge
from portal.locale import t

_SMALL = "text-sm text-neutral break-words"


def account_act(row: Any, act: str, on_submit: Any, *fields: rx.Component) -> rx.Component:
    """One act on an account, folded away until it is wanted."""
    word = t(f"staff.page.act.{act}")
    return fold(
        word,
        rx.el.form(
            rx.el.input(type="hidden", name="key", value=row.key, read_only=True),
            rx.el.input(type="hidden", name="act", value=act, read_only=True),
            *fields,
            reason_field("reason", t("staff.page.reason")),
            rx.el.button(
                word,
                type="submit",
                class_name="btn btn-primary w-full text-base",
                custom_attrs={"data-testid": f"account-{act.replace('_', '-')}"},
            ),
            on_submit=on_submit,
            custom_attrs=ONCE,
            class_name="space-y-2",
        ),
    )


_REGIONS = "account-regions"


def region_field() -> rx.Component:
    """A region by name or code; ``region_list`` offers them."""
    hint = t("staff.page.region_hint")
    return offered_field("region_code", t("staff.page.region"), _REGIONS, hint=hint)


def region_list(names: Any) -> rx.Component:
    """What the region fields of a page offer."""
    return offered_words(_REGIONS, names)


def account_card(row: Any, *acts: rx.Component) -> rx.Component:
    """Who, what, where, how; nobody acts on the own account."""
    return card(
        rx.el.div(
            rx.el.h3(row.name, class_name="font-semibold grow"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.cond(
            row.is_self,
            rx.el.p(t("staff.page.you"), class_name=_SMALL),
            # One line each: a list of twenty must be seen through on a phone.
            fold(t("staff.page.acts"), *acts),
        ),
        key=row.key,
        custom_attrs={"data-testid": "account-card"},
    )

"""Invitations that are open, as those see them who sent them or must agree."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field
from portal.components.desk import QUIET, quiet_button
from portal.components.folds import fold
from portal.components.parts import card
from portal.components.views import badge
from portal.locale import t

_SMALL = "text-sm text-neutral break-words"


def invitation(
    row: Any, *, of: str = "invite", revoke: Any = None, agree: Any = None, decline: Any = None
) -> Any:
    """One invitation, or one move, with what may be done about it; each act a handler."""
    acts: list[rx.Component] = []
    if revoke is not None:
        word = t(f"staff.page.revoke_{of}")
        acts.append(rx.cond(row.can_revoke, quiet_button(word, revoke(row.key))))
    if agree is not None:
        acts.append(
            rx.cond(
                row.can_agree,
                rx.el.button(
                    t(f"staff.page.agree_{of}"),
                    type="button",
                    on_click=agree(row.key),
                    class_name="btn btn-primary w-full text-base",
                ),
            )
        )
    if decline is not None:
        acts.append(
            fold(
                t("staff.page.decline"),
                rx.el.form(
                    rx.el.input(type="hidden", name="key", value=row.key, read_only=True),
                    reason_field("reason", t("staff.page.reason")),
                    rx.el.button(
                        t("staff.page.decline"), type="submit", class_name=f"w-full {QUIET}"
                    ),
                    on_submit=decline,
                    class_name="space-y-2",
                ),
            )
        )
    return card(
        rx.el.div(
            rx.el.h3(row.name, class_name="font-semibold grow"),
            badge("plain", row.state),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.cond(row.why != "", rx.el.p(row.why, class_name=_SMALL)),
        rx.cond(row.answer != "", rx.el.p(row.answer, class_name="text-sm break-words")),
        *acts,
        key=row.key,
        custom_attrs={"data-testid": "invitation"},
    )

"""/me/pass: the ways to check in without a camera."""

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import shell
from portal.components.typed_code import typed_code
from portal.locale import t
from portal.pages.table import Page


def _way(name: str, *more: rx.Component) -> rx.Component:
    return card(
        rx.el.h2(t(f"trainee.pass.{name}"), class_name="text-lg font-semibold"),
        rx.el.p(t(f"trainee.pass.{name}_text")),
        *more,
    )


def without_camera() -> rx.Component:
    """The page."""
    return shell(
        _way("typed", typed_code(t("trainee.scan.typed_label"))),
        _way("wechat"),
        _way("teacher"),
        rx.el.p(
            glyph("info", class_name="size-5 shrink-0 mt-0.5 text-info"),
            t("trainee.pass.out"),
            class_name="flex gap-2",
        ),
        title=t("trainee.pass.title"),
        active="scan",
        back="/me",
    )


PAGES = [Page("/me/pass", t("trainee.pass.title"), without_camera)]

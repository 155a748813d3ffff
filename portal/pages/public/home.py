"""The home page."""

import reflex as rx

from portal.components.parts import card
from portal.components.shell import shell
from portal.locale import t
from portal.pages.table import Page
from portal.state.home import HomeState


def index() -> rx.Component:
    """Home."""
    return shell(
        card(rx.el.p(HomeState.status), rx.el.p(HomeState.name)),
        title=t("nav.product"),
        active="home",
    )


PAGES = [Page("/", t("nav.product"), index, (HomeState.load,))]

"""``/teach/corrections``: lines of the archive that trainees say are wrong."""

from typing import Any

import reflex as rx

from portal.components.correction_cards import desk
from portal.components.desk import desk_page
from portal.locale import t
from portal.pages.table import Page
from portal.state.correction_desk import TEACH, CorrectionDeskState

# Off the class come Vars, whatever its annotations say.
view: Any = CorrectionDeskState


def index() -> rx.Component:
    """What waits, and what was answered."""
    return desk_page(
        view,
        desk(view, home=TEACH, lead=t("rights.desk.lead")),
        area="teach",
        title=t("rights.desk.title"),
        back=(t("teach.back"), "/teach"),
        path=TEACH,
        wide=True,
    )


PAGES = [Page(TEACH, t("rights.desk.title"), index, (CorrectionDeskState.load,))]

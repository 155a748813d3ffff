"""``/admin/corrections``: lines of the archive that the authority answers for."""

from typing import Any

import reflex as rx

from portal.components.correction_cards import desk
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.correction_desk import ADMIN, CorrectionDeskState

# Off the class come Vars, whatever its annotations say.
view: Any = CorrectionDeskState


def index() -> rx.Component:
    """What waits, and what was answered."""
    return frame(
        "corrections",
        view.status,
        view.problem,
        rx.el.h2(t("rights.desk.title"), class_name="text-xl font-semibold"),
        desk(
            view,
            home=ADMIN,
            lead=t("rights.desk.office_lead"),
            reissue_href="/admin/certificates",
        ),
        hint=t("rights.desk.not_staff"),
    )


PAGES = [Page(ADMIN, t("rights.desk.title"), index, (CorrectionDeskState.load,))]

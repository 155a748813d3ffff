"""How a class checks in, as its institution sets it."""

from dataclasses import dataclass
from math import isfinite
from uuid import UUID

import reflex as rx

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import checkin_settings
from portal.services.checkin_settings import SettingsView
from portal.services.class_windows import WindowChoice
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, text_of, whole_number

# No number of minutes: refused by the window's own bounds.
_NONE = -1


@dataclass(frozen=True)
class SettingChoice:
    """A switch with its explanation, as ``components.choices.choice`` draws it."""

    value: str = ""
    label: str = ""
    hint: str = ""
    checked: bool = False


@dataclass(frozen=True)
class WindowRow:
    """One of the windows: what it is called, its minutes, and what may be typed."""

    name: str
    label: str
    minutes: str
    said: str
    hint: str


def window_row(choice: WindowChoice) -> WindowRow:
    """A window as the page shows it."""
    return WindowRow(
        name=choice.name,
        label=t(f"checkin_settings.{choice.name}"),
        minutes=str(choice.minutes),
        said=t("checkin_settings.minutes", minutes=choice.minutes),
        hint=t("checkin_settings.bounds", least=choice.least, most=choice.most),
    )


class CheckInSettingsState(PageState, rx.State):
    """The settings of the class of the address."""

    course: str = ""
    back: str = ""
    trap: SettingChoice = SettingChoice()
    new_code: SettingChoice = SettingChoice()
    asks: SettingChoice = SettingChoice()
    # Whether there are sessions that new windows would apply to.
    is_ahead: bool = False
    windows: list[WindowRow] = []
    windows_lead: str = ""
    place_lead: str = ""
    lat: str = ""
    lon: str = ""
    may_change: bool = False
    is_over: bool = False
    # Which of the two forms was sent last: answers stand where the button was pressed.
    sent: str = ""
    done: str = ""
    done_place: str = ""

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> None:
        """Show the settings."""
        forget(self)
        found = await self._run(checkin_settings.show, class_id=self._class_id(), now=self._now())
        self._show(found)

    @rx.event
    @handler(Permission.SET_CHECK_IN)
    async def save(self, form: dict[str, str]) -> None:
        """Save the switches and the windows."""
        self.sent, self.done, self.done_place = "settings", "", ""
        # What is left empty, or not on the page any more, stays as it is.
        typed = {row.name: text_of(form, row.name) or row.minutes for row in self.windows}
        found = await self._run(
            checkin_settings.change,
            class_id=self._class_id(),
            relay_trap=text_of(form, "relay_trap") == "1",
            new_code_per_scan=text_of(form, "new_code_per_scan") == "1",
            windows={name: whole_number(text, _NONE) for name, text in typed.items()},
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self._show(found)
        self.done = t("checkin_settings.saved")

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def save_place(self, form: dict[str, str]) -> None:
        """Save where the room is, and whether phones are asked."""
        self.sent, self.done, self.done_place = "place", "", ""
        found = await self._run(
            checkin_settings.set_place,
            class_id=self._class_id(),
            asks=text_of(form, "asks_place") == "1",
            lat=_degrees(text_of(form, "lat")),
            lon=_degrees(text_of(form, "lon")),
            now=self._now(),
        )
        self._show(found)
        self.done_place = t("checkin_settings.saved_place")

    def _class_id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "class_id")

    def _show(self, of: SettingsView) -> None:
        found = of.settings
        self.course, self.back = of.title, f"/teach/classes/{of.class_id}"
        self.may_change, self.is_over = of.may_change and not of.is_over, of.is_over
        trap_hint = "trap_hint" if of.has_screen else "trap_no_screen"
        self.trap = _switch("relay_trap", "trap", trap_hint, checked=found.relay_trap)
        self.new_code = _switch(
            "new_code_per_scan", "new_code", "new_code_hint", checked=found.new_code_per_scan
        )
        self.asks = _switch("asks_place", "asks", "asks_hint", checked=found.asks_place)
        self.windows = [window_row(choice) for choice in of.windows]
        self.is_ahead = of.ahead > 0
        key = "windows_lead" if of.ahead else "windows_done"
        self.windows_lead = t(f"checkin_settings.{key}", count=of.ahead)
        self.place_lead = t("checkin_settings.place_lead", near=of.near_m)
        lat, lon = found.venue or ("", "")
        self.lat, self.lon = str(lat), str(lon)


def _switch(value: str, label: str, hint: str, *, checked: bool) -> SettingChoice:
    return SettingChoice(
        value, t(f"checkin_settings.{label}"), t(f"checkin_settings.{hint}"), checked
    )


def _degrees(typed: str) -> float | None:
    """A number that was typed, None when nothing was; raises BadInput for anything else."""
    if not typed:
        return None
    try:
        value = float(typed)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise BadInput("lat", "checkin_settings.no_such_place")
    return value

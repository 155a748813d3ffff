"""The words in which a person reads who looked at the file, at what, and what for."""

from collections.abc import Iterable

from portal.domain.masking import mask_name
from portal.domain.permissions import Role
from portal.locale import has, t
from portal.policies.regions import region_name

# Acts of the portal itself and of whoever held a code have no account behind them.
_NOBODY = frozenset({Role.SYSTEM.value, Role.ANONYMOUS.value, "share_link"})


def office(region: str | None) -> str:
    """The authority of a region; empty for accounts that belong to none."""
    return t("rights.access.office", region=region_name(region)) if region else ""


def who(place: str, name: str | None, *, helper: bool, role: str) -> str:
    """The institution or authority, and who of it: masked, but for a helper, whom one knows."""
    if role in _NOBODY or name is None:
        return t(f"rights.access.by_{role}") if role in _NOBODY else t("rights.access.by_gone")
    shown = name if helper else mask_name(name)
    return t("rights.access.who", place=place, name=shown) if place else shown


def role(code: str) -> str:
    """What the account was for; nothing where ``who`` says it all."""
    if code in _NOBODY:
        return ""
    key = f"rights.role.{code}"
    return t(key) if has(key) else t("admin.role.other")


def act(action: str) -> str:
    """What was done."""
    key = f"admin.action.{action}"
    return t(key) if has(key) else t("rights.access.other_act")


def opened(outcome: str) -> str:
    """What came of opening a share link."""
    key = f"rights.access.opened_{outcome}"
    return t(key) if has(key) else t("rights.access.opened")


def fields(names: Iterable[str] | None) -> str:
    """What was read, each thing once; empty for an act that read nothing of its own."""
    words = dict.fromkeys(field(name) for name in names or ())
    return t("rights.access.comma").join(words)


def field(name: str) -> str:
    """A field of the trail in words."""
    key = f"rights.field.{name}"
    return t(key) if has(key) else t("rights.field.other")


def purpose(action: str) -> str:
    """What acts of this kind are for, by the part of the portal that they belong to."""
    key = f"rights.purpose.{action.partition('.')[0]}"
    return t(key) if has(key) else t("rights.purpose.other")


def whom_to_ask(institution: str | None, phone: str | None, place: str) -> str:
    """To whom somebody turns who does not agree."""
    if institution and phone:
        return t("rights.access.ask_institution", place=institution, phone=phone)
    if place:
        return t("rights.access.ask_place", place=place)
    return t("rights.access.ask_office")


def about_link() -> str:
    """What to do about a link that one sent oneself."""
    return t("rights.access.if_shared")

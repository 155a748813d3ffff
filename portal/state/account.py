"""Who I am and what is held about me."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission, Role
from portal.locale import has, t
from portal.services import own_data, own_data_consents
from portal.services.times import day_of, moment_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean
from portal.state.texts import date_text


@dataclass(frozen=True)
class FactRow:
    """A labelled value."""

    label: str
    value: str


@dataclass(frozen=True)
class ConsentLine:
    """Something that was agreed to; ``ends`` says what taking it back does, empty for a notice."""

    text: str
    purpose: str
    ends: str


def facts_of(data: own_data.OwnData) -> list[FactRow]:
    """The person's own data as the page lists it."""
    not_held = t("trainee.data.not_held")
    state = "verified" if data.verified else "declared"
    pairs = (
        ("name", data.name),
        ("id_type", data.id_type_label),
        ("id_no", data.id_no_masked),
        ("phone", data.phone_masked),
        ("residence", data.residence),
        ("identity", t(f"trainee.data.identity_{state}")),
        ("registered", date_text(day_of(data.registered_at))),
    )
    return [FactRow(t(f"trainee.data.{key}"), value or not_held) for key, value in pairs]


def situation_of(data: own_data.OwnData) -> list[str]:
    """What I stated and what was verified, a line each."""
    groups = [
        t("trainee.data.stated", name=group.name, status=t(f"facts.status.{group.status}"))
        for group in data.facts.groups
    ]
    others = [
        t("trainee.data.stated", name=fact.name, status=t(f"facts.status.{fact.status}"))
        for fact in data.facts.facts
        if fact.id
    ]
    return groups + others


def device_text(device: own_data.Device) -> str:
    """手机微信, 11月22日 周日 08:30 登录"""
    key = f"trainee.device.{device.kind}"
    name = t(key) if has(key) else t("trainee.device.other")
    sentence = "this_device" if device.is_this else "device_since"
    return t(f"trainee.data.{sentence}", name=name, when=moment_text(device.since))


def consent_line(consent: own_data.Consent) -> ConsentLine:
    """What was agreed to, when, and how it is taken back."""
    free = consent.purpose in own_data_consents.FREE
    ends = t(f"rights.consents.end_{consent.purpose}") if free else ""
    return ConsentLine(consent_text(consent), consent.purpose, ends)


def consent_text(consent: own_data.Consent) -> str:
    """What was agreed to, and when."""
    key = f"trainee.consent.{consent.purpose}"
    name = t(key) if has(key) else t("trainee.consent.other")
    when = date_text(day_of(consent.granted_at))
    return t("trainee.data.consent", name=name, version=consent.version, when=when)


class AccountState(PageState, rx.State):
    """The own data, masked."""

    facts: list[FactRow] = []
    consents: list[ConsentLine] = []
    devices: list[str] = []
    situation: list[str] = []
    is_trainee: bool = False
    done: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Load what is held about me."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def withdraw(self, purpose: str) -> None:
        """Take a consent back."""
        wanted = clean(purpose)
        await self._run(own_data_consents.withdraw, purpose=wanted, now=self._now())
        await self._show()
        self.done = t("rights.consents.done")

    async def _show(self) -> None:
        data = await self._run(own_data.my_data, now=self._now())
        self.facts = facts_of(data)
        self.consents = [consent_line(consent) for consent in data.consents]
        self.devices = [device_text(device) for device in data.devices]
        self.situation = situation_of(data)
        self.is_trainee = data.role == Role.TRAINEE

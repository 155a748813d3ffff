"""My certificates."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import external_certificates
from portal.services.certificates import CertificateCard, my_certificates
from portal.state.base import PageState, handler
from portal.state.external import ExternalRow
from portal.state.external import row_of as external_row
from portal.state.fresh import forget
from portal.state.texts import date_text

_TONES = {"valid": "good", "expired": "warn", "revoked": "bad"}


@dataclass(frozen=True)
class CertificateRow:
    """A certificate's card. The links are empty for one that is revoked."""

    number: str
    kind: str
    title: str
    facts: str
    place: str
    issued: str
    status: str
    tone: str
    picture: str
    paper: str
    verify: str
    note: str


def row_of(card: CertificateCard) -> CertificateRow:
    """A certificate as its card shows it."""
    hours = t("trainee.hours", hours=card.hours) if card.hours else ""
    has_copy = card.status != "revoked"
    return CertificateRow(
        number=card.number,
        kind=card.kind,
        title=card.title,
        facts=" · ".join(part for part in (card.level, hours) if part),
        place=card.institution_name,
        issued=t("trainee.certificates.issued", when=date_text(card.issued_on)),
        status=card.status_label,
        tone=_TONES.get(card.status, "plain"),
        picture=f"/files/certificates/{card.id}.png" if has_copy else "",
        paper=f"/files/certificates/{card.id}.pdf" if has_copy else "",
        verify=f"/verify/{card.number}",
        note=_note(card),
    )


def _note(card: CertificateCard) -> str:
    """What its owner should know of one that does not stand any more."""
    if card.status == "revoked":
        day = date_text(card.revoked_on) if card.revoked_on else ""
        return t("trainee.certificates.revoked", when=day, reason=card.revoke_reason)
    if card.expires_on is None:
        return ""
    key = "expired" if card.status == "expired" else "expires"
    return t(f"trainee.certificates.{key}", when=date_text(card.expires_on))


class CertificatesState(PageState, rx.State):
    """The list of certificates."""

    rows: list[CertificateRow] = []
    external: list[ExternalRow] = []

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def load(self) -> None:
        """Load my certificates."""
        forget(self)
        now = self._now()
        cards = await self._run(my_certificates, now=now)
        brought = await self._run(external_certificates.my_external, now=now)
        self.rows = [row_of(card) for card in cards]
        self.external = [external_row(view) for view in brought]

"""Revoking a certificate: look it up, check it, revoke it with a reason."""

import reflex as rx

from portal.domain.errors import Forbidden
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import certificate_desk
from portal.services.certificates import Verification, revoke, verify_number
from portal.services.supervision import area_name
from portal.services.verification import spelled
from portal.state.base import PageState, handler
from portal.state.inputs import query_value, text_of
from portal.state.texts import date_text

_TONES = {"valid": "good", "revoked": "bad"}


class RevocationState(PageState, rx.State):
    """The certificate that was looked up; what is typed stays in the browser until it is sent."""

    region: str = ""
    number: str = ""
    holder: str = ""
    course: str = ""
    institution: str = ""
    issued_on: str = ""
    state: str = ""
    tone: str = "plain"
    sentence: str = ""
    # none | valid | revoked: what the page offers next
    step: str = "none"
    done: str = ""
    # Where it is corrected and printed again; empty for another region's.
    desk: str = ""

    @rx.event
    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Open the page for an officer, with the certificate that the address names; one that is
        on screen stays there."""
        self.status = "loading"
        self.region = await self._run(area_name)
        wanted = query_value(self.router.url.query, "number")
        if wanted and self.step == "none":
            await self._find(wanted)

    @rx.event
    @handler(Permission.SUPERVISE)
    async def look_up(self, form: dict[str, object]) -> None:
        """Show the certificate of a number."""
        await self._find(text_of(form, "number"))

    async def _find(self, raw: str) -> None:
        self._clear()
        number = spelled(raw)
        found = await self._run(verify_number, number=number, now=self._now())
        if not found.genuine:
            self.problem = found.sentence
            return
        self._show(found)
        try:
            certificate_id = await self._run(certificate_desk.locate, number=number)
        except Forbidden:  # another region's: to be looked at, no more
            return
        self.desk = f"/admin/certificates/{certificate_id}"

    @rx.event
    @handler(Permission.SUPERVISE)
    async def revoke(self, form: dict[str, object]) -> None:
        """Revoke the certificate whose number the form carries."""
        number, reason = text_of(form, "number"), text_of(form, "reason")
        try:
            found = await self._run(revoke, number=number, reason=reason, now=self._now())
        except Forbidden:
            self.problem = t("admin.revoke.elsewhere")
            return
        self._show(found)
        self.done = t("admin.revoke.done", number=found.number)

    @rx.event
    @handler(Permission.SUPERVISE)
    async def start_over(self) -> None:
        """Put the certificate away."""
        self._clear()

    def _clear(self) -> None:
        self.step, self.done, self.number, self.desk = "none", "", "", ""

    def _show(self, found: Verification) -> None:
        self.number = found.number
        self.holder = found.holder_masked or ""
        self.course = found.title or ""
        self.institution = found.institution or ""
        self.issued_on = date_text(found.issued_on) if found.issued_on else ""
        self.state = found.status_label
        self.sentence = found.sentence
        self.step = "revoked" if found.status == "revoked" else "valid"
        self.tone = _TONES.get(found.status, "warn")

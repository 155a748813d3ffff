"""The state of ``/classes/[class_id]``: one class, and what its visitor can do about it."""

from dataclasses import dataclass
from urllib.parse import urlencode

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.catalogue import ClassDetail
from portal.services.own_check import OwnCheck, visit
from portal.services.public_catalogues import ways
from portal.services.public_catalogues.links import Link
from portal.state.base import PageState, handler
from portal.state.inputs import path_part


@dataclass(frozen=True, slots=True)
class ClassAction:
    """The bar at the thumb. ``kind``: enrol, ask (enrol and ask an officer), wait (join the
    waiting list), enrolled, place (see one's place or offer), conflict or no; ``sentence`` why."""

    kind: str = "no"
    sentence: str = ""
    href: str = ""


class ClassState(PageState, rx.State):
    """One class as its page shows it."""

    item: ClassDetail | None = None
    # guest, trainee or other; the check is there for trainees only.
    audience: str = "guest"
    check: OwnCheck | None = None
    action: ClassAction = ClassAction()
    # Where to say what one would rather learn; empty while this class will do.
    need_href: str = ""
    # Empty to who is refused, unless there is a fee: free to others is no offer to them.
    free_heading: str = ""
    meets: str = ""
    days: str = ""
    sessions: str = ""
    level: str = ""
    # What of it stands in the published catalogues.
    ways: list[Link] = []

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the class that the address names."""
        # Whatever class stood here before, this one has not loaded yet.
        self.status, self.check = "loading", None
        found, seen = await self._run(
            visit, class_id=path_part(self.router.url.path, 1), now=self._now()
        )
        self.item = found
        self.audience, self.check = seen.audience, seen.check
        self.action = _action(found, seen.check)
        unsuitable = self.action.kind in ("no", "wait", "conflict")
        self.need_href = _need(found) if unsuitable and seen.audience != "other" else ""
        refused = seen.check is not None and seen.check.verdict == "not_eligible"
        no_offer = refused and found.free != "fee"
        self.free_heading = "" if no_offer else t(f"public.class.free_{found.free}")
        self.meets = found.schedule_note or _first_meeting(found)
        self.days = t("public.class.length", hours=found.hours, count=len(found.sessions))
        self.sessions = t("public.class.sessions", count=len(found.sessions))
        named = found.occupation_name, found.level_name if found.level else ""
        self.level = " · ".join(filter(None, named))
        self.ways = list(await self._run(ways.of_class, class_id=found.id, now=self._now()))


def _first_meeting(found: ClassDetail) -> str:
    return found.sessions[0].when_text if found.sessions else t("public.class.not_planned")


def _action(found: ClassDetail, check: OwnCheck | None) -> ClassAction:
    """What to do next: enrol, look at one's own enrolment, or look elsewhere."""
    if found.own.state == "enrolled":
        return _own(found)
    if found.status not in ("open", "few", "full"):
        return ClassAction("no", found.state_text, _similar(found))
    if found.own.state == "conflict":
        sentence = t("public.class.conflict", title=found.own.other_title)
        return ClassAction("conflict", sentence, _similar(found))
    if check and check.verdict == "not_eligible" and not check.can_ask:
        return ClassAction("no", t("preflight.next.no"), _similar(found))
    sign = f"/enrol/{found.id}"
    if found.status == "full":
        return ClassAction("wait", t("preflight.next.full"), sign)
    if check and check.can_ask:
        return ClassAction("ask", t("preflight.next.can_ask"), sign)
    if check and check.verdict == "needs_review":
        key = "asks_pension" if check.asks_pension else "review"
        return ClassAction("enrol", t(f"preflight.next.{key}"), sign)
    return ClassAction("enrol", t("public.class.next"), sign)


def _own(found: ClassDetail) -> ClassAction:
    """The way to an enrolment that there is."""
    own = found.own
    if own.status in ("waitlisted", "offered"):
        return ClassAction("place", t(f"preflight.own.{own.status}"), f"/offers/{own.enrolment_id}")
    key = "preflight.own.needs_review" if own.status == "needs_review" else "public.class.enrolled"
    return ClassAction("enrolled", t(key), f"/me/enrolments/{own.enrolment_id}")


def _similar(found: ClassDetail) -> str:
    query = {"occupation": found.occupation_code} if found.occupation_code else {}
    if found.called_off:
        # Whoever wanted this one looks nearby first: in the same city.
        query["region"] = f"{found.region_code[:4]}00"
    return f"/classes?{urlencode({'has_seats': '1', **query})}"


def _need(found: ClassDetail) -> str:
    query = {"occupation": found.occupation_code, "region": found.region_code}
    return f"/needs/new?{urlencode(query)}"

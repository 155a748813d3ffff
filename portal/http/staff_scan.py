"""The instructor's phone reads passes and cards, and records each at once.

The page works without a script, too: by the six digits and a tap on the name.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from portal.domain.checkin_code import Phase
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import scan_roster, staff_scan, times
from portal.services.staff_scan import Reading, Taken
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)

_LONGEST = 300
# What the page's script says, by its keys under "staff_scan.".
_TEXTS = ("lost", "insecure", "unsupported", "denied", "missing", "busy", "camera", "camera_stop")


class Read(BaseModel):
    """What the camera read, the digits that were typed, or the name that was tapped."""

    text: str = Field("", max_length=_LONGEST)
    enrolment_id: UUID | None = None
    phase: Phase | None = None


@router.get("/teach/sessions/{session_id}/scan")
@guarded(Permission.RUN_SESSION)
async def scan_page(request: Request, session_id: str, phase: str = "") -> Response:
    """The page: camera, digits, names."""
    return await _page(request, parse_id(session_id), _phase(phase))


@router.post("/teach/sessions/{session_id}/scan")
@guarded(Permission.RUN_SESSION)
async def take_form(
    request: Request,
    session_id: str,
    code: Annotated[str, Form()] = "",
    enrolment: Annotated[str, Form()] = "",
    phase: Annotated[str, Form()] = "",
) -> Response:
    """Digits or a tap from a browser without a script; the page again with what became of it."""
    wanted = parse_id(session_id)
    whom = parse_id(enrolment) if enrolment else None
    taken = await _take(request, wanted, Reading(code[:_LONGEST], whom, _phase(phase)))
    return await _page(request, wanted, taken.phase or _phase(phase), taken)


@router.post("/teach/sessions/{session_id}/scan.json")
@guarded(Permission.RUN_SESSION)
async def take_json(request: Request, session_id: str, body: Read) -> Response:
    """What the page's script read. A refusal is an answer like others: it was judged."""
    wanted = parse_id(session_id)
    taken = await _take(request, wanted, Reading(body.text, body.enrolment_id, body.phase))
    answer: dict[str, Any] = {
        "ok": taken.refusal is None,
        "repeated": taken.repeated,
        "code": taken.refusal.code if taken.refusal else "",
        "sentence": sentence(taken),
        "enrolment_id": str(taken.enrolment_id or ""),
        "tap": _tap(taken, body.phase),
        "done": {},
    }
    if taken.phase is not None:
        moment = now()
        done = await run_unit(
            scan_roster.recorded,
            login_token(request),
            moment,
            session_id=wanted,
            phase=taken.phase,
            now=moment,
        )
        answer["done"] = {str(key): at for key, at in done.items()}
    return JSONResponse(answer, headers={"cache-control": "no-store"})


def sentence(taken: Taken) -> str:
    """What became of a reading, in a sentence with the name where it may be told."""
    if taken.refusal is not None:
        why = sentence_for(taken.refusal)
        return t("staff_scan.refused_name", name=taken.name, why=why) if taken.name else why
    if taken.phase is None or taken.at is None:
        raise ValueError("what was recorded has a phase and a time")
    word = "again" if taken.repeated else "done"
    return t(
        f"staff_scan.{word}_{taken.phase.value}", name=taken.name, at=times.clock_text(taken.at)
    )


def _tap(taken: Taken, phase: Phase | None) -> str:
    """The button that records whose pass was refused all the same, by the staff's own eye."""
    if taken.refusal is None or taken.enrolment_id is None or phase is None:
        return ""
    if taken.refusal.code not in ("code_expired", "code_invalid"):
        return ""
    return t("staff_scan.tap_instead", act=t(f"staff_scan.{phase.value}"))


async def _take(request: Request, session_id: UUID, reading: Reading) -> Taken:
    moment = now()
    return await run_unit(
        staff_scan.take,
        login_token(request),
        moment,
        session_id=session_id,
        reading=reading,
        now=moment,
    )


async def _page(
    request: Request, session_id: UUID, phase: Phase | None, taken: Taken | None = None
) -> Response:
    moment = now()
    sheet = await run_unit(
        scan_roster.scan_sheet,
        login_token(request),
        moment,
        session_id=session_id,
        phase=phase,
        now=moment,
    )
    return page(
        request,
        "staff_scan",
        error=taken.refusal if taken else None,
        sheet=sheet,
        said=sentence(taken) if taken else "",
        ok=taken is None or taken.refusal is None,
        tap=_tap(taken, sheet.phase) if taken else "",
        whom=taken.enrolment_id if taken else None,
        texts={name: t(f"staff_scan.{name}") for name in _TEXTS},
    )


def _phase(raw: str) -> Phase | None:
    return Phase(raw) if raw in tuple(Phase) else None

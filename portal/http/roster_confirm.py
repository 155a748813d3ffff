"""Saying yes or no by the code of a text message: two posts, no log-in, nothing in an address."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from portal.domain.errors import BadInput, PortalError
from portal.domain.parsing import parse_id
from portal.http.context import now, source_key
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import commitment, rosters_confirm
from portal.services.rosters_confirm import Outcome, Typed
from portal.services.unit import public, run_unit

router = APIRouter(include_in_schema=False)

PhoneField = Annotated[str, Form(alias="phone")]
CodeField = Annotated[str, Form(alias="code")]


def _form(request: Request, *, phone: str = "", error: PortalError | None = None) -> Response:
    return page(
        request,
        "roster_confirm",
        error=error,
        phone=phone,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )


@router.get("/confirm")
@public
async def form(request: Request) -> Response:
    """Phone and code, two fields."""
    return _form(request)


@router.post("/confirm")
@public
async def look(request: Request, phone: PhoneField = "", code: CodeField = "") -> Response:
    """The class, a masked name, and two buttons; or what is wrong."""
    moment = now()
    typed = Typed(phone[:40], code[:40], source_key(request))
    try:
        found = await run_unit(rosters_confirm.look, None, moment, typed=typed, now=moment)
    except PortalError as error:
        return _form(request, phone=typed.phone, error=error)
    if found.refusal is not None:
        return _form(request, phone=typed.phone, error=found.refusal)
    return page(
        request,
        "roster_invitation",
        item=found.invitation,
        typed=typed,
        paper=commitment.current(),
    )


@router.post("/confirm/answer")
@public
async def answer(
    request: Request,
    offer: Annotated[str, Form()] = "",
    phone: PhoneField = "",
    code: CodeField = "",
    answer: Annotated[str, Form()] = "",
    version: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
) -> Response:
    """Take the seat or leave it; sent twice it answers the same."""
    moment = now()
    typed = Typed(phone[:40], code[:40], source_key(request))
    try:
        found = await run_unit(
            rosters_confirm.answer,
            None,
            moment,
            offer_id=parse_id(offer),
            typed=typed,
            accept=answer != "decline",
            commitment_version=version if agreed else None,
            now=moment,
        )
    except PortalError as error:
        found = Outcome(refusal=error)
    if (refusal := found.refusal) is not None:
        return page(
            request,
            "roster_confirm_refused",
            error=refusal,
            sentence=sentence_for(refusal),
            code=refusal.code,
        )
    return page(request, "roster_confirmed", made=found.answered)

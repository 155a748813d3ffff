"""A telephone for the demo: what it would show of the portal's text messages."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from portal.domain.errors import BadInput, NotFound
from portal.http.context import now
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import sms_reading
from portal.services.unit import public, run_unit
from portal.settings import get_settings

router = APIRouter(include_in_schema=False)


@router.get("/demo/phone")
@public
async def phone_form(request: Request) -> Response:
    """Which phone."""
    if get_settings().is_production:
        raise NotFound
    return _show(request)


@router.post("/demo/phone")
@public
async def phone(request: Request, phone: Annotated[str, Form()] = "") -> Response:
    """What this phone received; the number stays out of the address."""
    try:
        found = await run_unit(sms_reading.demo_inbox, None, now(), phone=phone)
    except BadInput as error:
        return _show(request, error=error, problem=sentence_for(error))
    return _show(request, phone=phone, messages=found)


def _show(
    request: Request,
    *,
    phone: str = "",
    messages: tuple[sms_reading.SmsView, ...] | None = None,
    problem: str = "",
    error: BadInput | None = None,
) -> Response:
    answer = page(
        request, "demo_phone", error=error, phone=phone, messages=messages, problem=problem
    )
    answer.headers["x-robots-tag"] = "noindex"
    return answer

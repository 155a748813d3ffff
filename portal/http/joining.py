"""Links that were sent to a phone: an invitation to work here, a new password. No script needed."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, PortalError
from portal.domain.identity import IdType
from portal.domain.staff_errors import InvitationOver
from portal.http.context import now, source_key
from portal.http.pages import page
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services.staff import joining, security_desk
from portal.services.unit import public, run_unit

router = APIRouter(include_in_schema=False)

_LONGEST_TOKEN = 100


@dataclass(frozen=True)
class Typed:
    """What somebody typed, to show it again beside the refusal. Never the password."""

    name: str = ""
    id_type: str = IdType.RESIDENT_ID.value
    id_no: str = ""
    phone: str = ""
    agreed: bool = False


@router.get("/join/{token}")
@public
async def join_form(request: Request, token: str) -> Response:
    """What somebody is invited to, and the form that accepts it."""
    return await _join(request, token, Typed())


async def _join(
    request: Request, token: str, typed: Typed, error: PortalError | None = None
) -> Response:
    moment = now()
    try:
        found = await run_unit(joining.look, None, moment, token=token[:_LONGEST_TOKEN], now=moment)
    except InvitationOver as over:
        return _over(request, over)
    return page(
        request,
        "join",
        error=error,
        problem=sentence_for(error) if error else "",
        field=error.field if isinstance(error, BadInput) else "",
        typed=typed,
        found=found,
        token=token,
        id_types=[(kind.value, t(f"register.id_types.{kind.value}")) for kind in IdType],
    )


def _over(request: Request, error: PortalError) -> Response:
    return page(request, "link_over", error=error, problem=sentence_for(error))


@router.post("/join/{token}")
@public
async def join(
    request: Request,
    token: str,
    name: Annotated[str, Form()] = "",
    id_type: Annotated[str, Form()] = "",
    id_no: Annotated[str, Form()] = "",
    phone: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
) -> Response:
    """Accept; then log in, with a second factor where the role asks for one."""
    moment = now()
    try:
        outcome = await run_unit(
            joining.accept,
            None,
            moment,
            token=token[:_LONGEST_TOKEN],
            id_type=id_type[:40],
            id_no=id_no[:60],
            name=name[:100],
            phone=phone[:30],
            password=password[:1000],
            agreed=agreed != "",
            source=source_key(request),
            now=moment,
        )
        if outcome.role is None:
            raise joining.refusal(outcome)
    except PortalError as error:
        typed = Typed(name, id_type, id_no, phone, agreed != "")
        return await _join(request, token, typed, error)
    return RedirectResponse("/login?registered=1", 303)


@router.get("/reset/{token}")
@public
async def reset_form(request: Request, token: str) -> Response:
    """The form for a new password."""
    return await _reset(request, token)


async def _reset(request: Request, token: str, error: PortalError | None = None) -> Response:
    moment = now()
    try:
        await run_unit(
            security_desk.look_at_reset, None, moment, token=token[:_LONGEST_TOKEN], now=moment
        )
    except InvitationOver as over:
        return _over(request, over)
    problem = sentence_for(error) if error else ""
    return page(request, "reset", error=error, problem=problem, token=token)


@router.post("/reset/{token}")
@public
async def reset(request: Request, token: str, password: Annotated[str, Form()] = "") -> Response:
    """Set it; every former login has ended."""
    moment = now()
    try:
        await run_unit(
            security_desk.reset_password,
            None,
            moment,
            token=token[:_LONGEST_TOKEN],
            password=password[:1000],
            now=moment,
        )
    except PortalError as error:
        return await _reset(request, token, error)
    return RedirectResponse("/login?why=reset", 303)

"""What a helper passes on of what somebody says: about themself, and about money in their name."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, NotFound, PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.helping import person_page, person_path, read_person
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import helping_acts, helping_facts
from portal.services.helping_facts import Statement
from portal.services.helping_form import statement_form
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)

# Refusals that another page answers better than the form they came from.
_NOT_HERE = (Unauthenticated, NotFound)


@router.get("/help/people/{mandate_id}/facts")
@guarded(Permission.HELP_OTHERS)
async def facts_page(request: Request, mandate_id: str) -> Response:
    """What the person says about himself or herself."""
    return await _facts(request, parse_id(mandate_id))


@router.post("/help/people/{mandate_id}/facts")
@guarded(Permission.HELP_OTHERS)
async def declare(
    request: Request,
    mandate_id: str,
    kind: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    day: Annotated[str, Form()] = "",
) -> Response:
    """Write one statement down."""
    wanted, moment = parse_id(mandate_id), now()
    statement = Statement(kind[:20], code[:40], name[:200], day[:20])
    try:
        await run_unit(
            helping_facts.declare,
            login_token(request),
            moment,
            mandate_id=wanted,
            statement=statement,
            now=moment,
        )
    except _NOT_HERE:
        raise
    except PortalError as error:
        return await _facts(request, wanted, error, kind=kind)
    return RedirectResponse(person_path(wanted, "stated"), 303)


@router.post("/help/people/{mandate_id}/claims/{line_id}")
@guarded(Permission.HELP_OTHERS)
async def answer_claim(
    request: Request,
    mandate_id: str,
    line_id: str,
    answer: Annotated[str, Form()] = "",
    wrong: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Pass on the person's yes or no."""
    wanted, moment = parse_id(mandate_id), now()
    if answer not in ("yes", "no"):
        return await person_page(request, wanted)
    try:
        await run_unit(
            helping_acts.answer_question,
            login_token(request),
            moment,
            mandate_id=wanted,
            line_id=parse_id(line_id),
            agrees=answer == "yes",
            wrong=wrong[:20],
            note=note[:400],
            now=moment,
        )
    except _NOT_HERE:
        raise
    except PortalError as error:
        return await person_page(request, wanted, error)
    return RedirectResponse(person_path(wanted, "answered"), 303)


async def _facts(
    request: Request, mandate_id: UUID, error: PortalError | None = None, *, kind: str = ""
) -> Response:
    who = await read_person(request, mandate_id)
    return page(
        request,
        "help_facts",
        error=error,
        who=who,
        form=statement_form(),
        kind=kind,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )

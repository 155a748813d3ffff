"""A village helper's pages: registering somebody, the mandate, what there is to do for a person.

Plain pages, one post each: they are used in a yard, on a weak link, with the person beside.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, NotFound, PortalError, Unauthenticated
from portal.domain.identity import IdType
from portal.domain.mandate import ON_PAPER, TERMS_DAYS
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.locale import has, t
from portal.locale.errors import sentence_for
from portal.services import helping, mandate_forms, mandate_text, mandates, times
from portal.services.claims import texts
from portal.services.helping import HelpedPerson
from portal.services.unit import guarded, public, run_unit

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Typed:
    """What a helper typed, to show it again beside the refusal."""

    name: str = ""
    id_type: str = IdType.RESIDENT_ID.value
    id_no: str = ""
    phone: str = ""
    region: str = ""
    evidence: str = ""
    witness: str = ""
    days: str = str(TERMS_DAYS[1])
    agreed: bool = False


@router.get("/help/new")
@guarded(Permission.HELP_OTHERS)
async def form(request: Request) -> Response:
    """Register somebody without a phone."""
    return await _form(request, Typed())


@router.post("/help/new")
@guarded(Permission.HELP_OTHERS)
async def introduce(
    request: Request,
    name: Annotated[str, Form()] = "",
    id_type: Annotated[str, Form()] = "",
    id_no: Annotated[str, Form()] = "",
    phone: Annotated[str, Form()] = "",
    region: Annotated[str, Form()] = "",
    evidence: Annotated[str, Form()] = "",
    witness: Annotated[str, Form()] = "",
    days: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
) -> Response:
    """Take the mandate; a refusal keeps what was typed."""
    moment = now()
    typed = Typed(name, id_type, id_no, phone, region, evidence, witness, days, agreed != "")
    fields = {one: getattr(typed, one) for one in typed.__dataclass_fields__}
    try:
        checked = mandate_forms.check_introduction(**fields, today=times.day_of(moment))
        made = await run_unit(
            mandates.introduce, login_token(request), moment, form=checked, now=moment
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return await _form(request, typed, error)
    return RedirectResponse(person_path(made, "registered"), 303)


@router.get("/help/paper")
@public
async def blank_paper(request: Request) -> Response:
    """The mandate to print, with lines to write on."""
    return page(request, "help_paper", paper=mandate_text.current(), who=None, title="")


@router.get("/help/people/{mandate_id}")
@guarded(Permission.HELP_OTHERS)
async def person(request: Request, mandate_id: str) -> Response:
    """What there is to do for somebody; before they said yes, where their code is typed."""
    wanted = parse_id(mandate_id)
    try:
        return await person_page(request, wanted)
    except NotFound:
        return await _asked(request, wanted)


@router.post("/help/people/{mandate_id}/code")
@guarded(Permission.HELP_OTHERS)
async def confirm(request: Request, mandate_id: str, code: Annotated[str, Form()] = "") -> Response:
    """The code that the person read out."""
    wanted, moment = parse_id(mandate_id), now()
    outcome = await run_unit(
        mandates.confirm_by_code,
        login_token(request),
        moment,
        mandate_id=wanted,
        code=code[:20],
        now=moment,
    )
    if outcome.refusal is not None:
        return await _asked(request, wanted, outcome.refusal)
    return RedirectResponse(person_path(wanted, "registered"), 303)


@router.post("/help/people/{mandate_id}/end")
@guarded(Permission.HELP_OTHERS)
async def end(request: Request, mandate_id: str) -> Response:
    """The person does not want it any more."""
    moment = now()
    await run_unit(
        mandates.give_back,
        login_token(request),
        moment,
        mandate_id=parse_id(mandate_id),
        now=moment,
    )
    return RedirectResponse("/help", 303)


@router.get("/help/people/{mandate_id}/paper")
@guarded(Permission.HELP_OTHERS)
async def paper(request: Request, mandate_id: str) -> Response:
    """The mandate to print, with the person's name and its last day."""
    found = await read_person(request, parse_id(mandate_id))
    return page(request, "help_paper", paper=mandate_text.current(), who=found, title="")


def person_path(mandate_id: UUID, done: str = "") -> str:
    """The page of somebody; ``done`` says what has just been done."""
    return f"/help/people/{mandate_id}" + (f"?done={done}" if done else "")


async def read_person(request: Request, mandate_id: UUID) -> HelpedPerson:
    """Somebody whom the helper may act for. Raises NotFound."""
    moment = now()
    return await run_unit(
        helping.person, login_token(request), moment, mandate_id=mandate_id, now=moment
    )


async def person_page(
    request: Request, mandate_id: UUID, error: PortalError | None = None
) -> Response:
    """The page of somebody, with what was just done or refused. Raises NotFound."""
    found = await read_person(request, mandate_id)
    done = request.query_params.get("done", "")
    key = f"helping.done.{done}"
    return page(
        request,
        "help_person",
        error=error,
        item=found,
        problem=sentence_for(error) if error else "",
        done=t(key) if done.isalpha() and has(key) else "",
        money=texts.money,
    )


async def _asked(request: Request, mandate_id: UUID, error: PortalError | None = None) -> Response:
    moment = now()
    name = await run_unit(
        helping.asked_name, login_token(request), moment, mandate_id=mandate_id, now=moment
    )
    if not name:
        raise NotFound
    return page(
        request,
        "help_asked",
        error=error,
        mandate_id=mandate_id,
        name=name,
        problem=sentence_for(error) if error else "",
    )


async def _form(request: Request, typed: Typed, error: PortalError | None = None) -> Response:
    moment = now()
    # The own people are asked for how many more may be registered today.
    mine = await run_unit(helping.my_people, login_token(request), moment, now=moment)
    places = await run_unit(mandate_forms.my_places, login_token(request), moment)
    return page(
        request,
        "help_new",
        error=error,
        typed=typed,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
        left=mine.left_today,
        places=places,
        paper=mandate_text.current(),
        id_types=[(kind.value, t(f"register.id_types.{kind.value}")) for kind in IdType],
        proofs=ON_PAPER,
        terms=TERMS_DAYS,
    )

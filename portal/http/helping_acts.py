"""What a helper does for somebody about classes: find one, enrol, answer an offer, leave."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import AlreadyEnrolled, NotFound, PortalError, Unauthenticated
from portal.domain.mandate import ON_PAPER
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.helping import person_path, read_person
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import commitment, helping_acts, helping_classes
from portal.services.catalogue import ClassQuery
from portal.services.class_rows import found_text
from portal.services.unit import Service, guarded, run_unit

router = APIRouter(include_in_schema=False)

_PAGE_SIZE = 10
# Refusals that another page answers better than the form they came from.
_NOT_HERE = (Unauthenticated, NotFound)


@router.get("/help/people/{mandate_id}/classes")
@guarded(Permission.HELP_OTHERS)
async def classes(
    request: Request, mandate_id: str, q: str = "", everywhere: str = "", page_no: str = "1"
) -> Response:
    """Classes with what they mean for the person; nearby first, everywhere when asked."""
    wanted = parse_id(mandate_id)
    home = (await read_person(request, wanted)).region_code
    region = "" if everywhere or not home else f"{home[:4]}00"
    number = int(page_no) if page_no.isascii() and page_no.isdigit() else 1
    query = ClassQuery(q=q[:40], region=region, page=min(number, 1000), size=_PAGE_SIZE)
    found = await _run(request, helping_classes.find, mandate_id=wanted, query=query)
    return page(
        request,
        "help_classes",
        mandate_id=wanted,
        found=found,
        count=found_text(found.page),
        q=q[:40],
        everywhere=everywhere,
    )


@router.get("/help/people/{mandate_id}/classes/{class_id}")
@guarded(Permission.HELP_OTHERS)
async def class_page(request: Request, mandate_id: str, class_id: str) -> Response:
    """The verdict in a sentence, the commitment to be read aloud, and the signature."""
    return await _class(request, parse_id(mandate_id), parse_id(class_id))


@router.post("/help/people/{mandate_id}/classes/{class_id}")
@guarded(Permission.HELP_OTHERS)
async def enrol(
    request: Request,
    mandate_id: str,
    class_id: str,
    version: Annotated[str, Form()] = "",
    evidence: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
    ask_review: Annotated[str, Form()] = "",
) -> Response:
    """Enrol the person, who has signed."""
    wanted, of = parse_id(mandate_id), parse_id(class_id)
    try:
        made = await _run(
            request,
            helping_acts.enrol_for,
            mandate_id=wanted,
            class_id=of,
            commitment_version=version if agreed else None,
            evidence=evidence,
            ask_review=ask_review != "",
        )
    except AlreadyEnrolled:
        return RedirectResponse(person_path(wanted), 303)
    except _NOT_HERE:
        raise
    except PortalError as error:
        return await _class(request, wanted, of, error)
    return RedirectResponse(person_path(wanted, made.status.replace("_", "")), 303)


@router.get("/help/people/{mandate_id}/classes/{class_id}/paper")
@guarded(Permission.HELP_OTHERS)
async def class_paper(request: Request, mandate_id: str, class_id: str) -> Response:
    """The commitment to print, with the person's name and the class."""
    who = await read_person(request, parse_id(mandate_id))
    verdict = await _run(
        request,
        helping_classes.preflight,
        mandate_id=who.mandate_id,
        class_id=parse_id(class_id),
    )
    title = verdict.item.title
    return page(request, "help_paper", paper=commitment.current(), who=who, title=title)


@router.get("/help/people/{mandate_id}/seats/{enrolment_id}")
@guarded(Permission.HELP_OTHERS)
async def seat_page(request: Request, mandate_id: str, enrolment_id: str) -> Response:
    """A place of the person: the seat that is kept, or the way out."""
    return await _seat(request, parse_id(mandate_id), parse_id(enrolment_id))


@router.post("/help/people/{mandate_id}/seats/{enrolment_id}")
@guarded(Permission.HELP_OTHERS)
async def answer_seat(
    request: Request,
    mandate_id: str,
    enrolment_id: str,
    answer: Annotated[str, Form()] = "",
    version: Annotated[str, Form()] = "",
    evidence: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
) -> Response:
    """Accept or decline the seat, or leave."""
    wanted, seat = parse_id(mandate_id), parse_id(enrolment_id)
    whose = {"mandate_id": wanted, "enrolment_id": seat}
    try:
        if answer == "accept":
            signed = version if agreed else None
            await _run(
                request,
                helping_acts.accept_offer,
                **whose,
                commitment_version=signed,
                evidence=evidence,
            )
        elif answer == "decline":
            await _run(request, helping_acts.decline_offer, **whose)
        elif answer == "leave":
            await _run(request, helping_acts.leave, **whose)
        else:
            return await _seat(request, wanted, seat)
    except _NOT_HERE:
        raise
    except PortalError as error:
        return await _seat(request, wanted, seat, error)
    return RedirectResponse(person_path(wanted, answer), 303)


async def _run(request: Request, service: Service[..., Any], **fields: Any) -> Any:
    moment = now()
    return await run_unit(service, login_token(request), moment, **fields, now=moment)


async def _class(
    request: Request, mandate_id: UUID, class_id: UUID, error: PortalError | None = None
) -> Response:
    verdict = await _run(
        request, helping_classes.preflight, mandate_id=mandate_id, class_id=class_id
    )
    return page(
        request,
        "help_class",
        error=error,
        mandate_id=mandate_id,
        check=verdict,
        item=verdict.item,
        paper=commitment.current(),
        proofs=ON_PAPER,
        problem=sentence_for(error) if error else "",
    )


async def _seat(
    request: Request, mandate_id: UUID, enrolment_id: UUID, error: PortalError | None = None
) -> Response:
    who = await read_person(request, mandate_id)
    seat = next((one for one in who.seats if one.id == enrolment_id), None)
    if seat is None:
        raise NotFound
    return page(
        request,
        "help_seat",
        error=error,
        who=who,
        seat=seat,
        paper=commitment.current(),
        proofs=ON_PAPER,
        problem=sentence_for(error) if error else "",
    )

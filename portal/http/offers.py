"""The offer of a seat, a place in line, a class to change to: plain pages, one post each."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.hot import run_hot_steps
from portal.http.pages import page
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import catalogue, commitment, enrolment, offers, waiting_list
from portal.services.offer_page import OfferView, my_offer
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/offers/{enrolment_id}")
@guarded(Permission.ENROL)
async def offer_page(request: Request, enrolment_id: str) -> Response:
    """The seat that is kept, or what became of it; for somebody in line, their place."""
    wanted = parse_id(enrolment_id)
    try:
        view = await _offer(request, wanted)
    except Unauthenticated:
        return RedirectResponse(f"/login?next=/offers/{wanted}", 303)
    if view.state == "waiting":
        moment = now()
        place = await run_unit(
            waiting_list.my_place, login_token(request), moment, enrolment_id=wanted, now=moment
        )
        return page(request, "waiting", item=view, place=place)
    if view.state == "open":
        paper = commitment.current()
        return page(request, "offer", item=view, paper=paper, left=left_text(view.seconds_left))
    return page(request, "offer_state", item=view)


@router.post("/offers/{enrolment_id}")
@guarded(Permission.ENROL)
async def answer(
    request: Request,
    enrolment_id: str,
    answer: Annotated[str, Form()] = "",
    version: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
) -> Response:
    """Accept, decline, or leave the line; then the page that says what came of it."""
    wanted, token, moment = parse_id(enrolment_id), login_token(request), now()
    try:
        if answer == "accept":
            signed = version if agreed else None
            await run_unit(
                offers.accept,
                token,
                moment,
                enrolment_id=wanted,
                commitment_version=signed,
                now=moment,
            )
        elif answer == "decline":
            await run_unit(offers.decline, token, moment, enrolment_id=wanted, now=moment)
        elif answer == "leave":
            await run_unit(waiting_list.leave, token, moment, enrolment_id=wanted, now=moment)
        else:
            raise BadInput("answer", BadInput.key)
    except Unauthenticated:
        raise
    except PortalError as error:
        return await _refused(request, wanted, error)
    # Going back does not send the form again.
    return RedirectResponse(f"/offers/{wanted}", 303)


@router.get("/offers/{enrolment_id}/swap/{class_id}")
@guarded(Permission.ENROL)
async def swap_page(request: Request, enrolment_id: str, class_id: str) -> Response:
    """The class to change to, what becomes of the place in line, and the commitment."""
    wanted, other, moment = parse_id(enrolment_id), parse_id(class_id), now()
    token = login_token(request)
    try:
        place = await run_unit(
            waiting_list.my_place, token, moment, enrolment_id=wanted, now=moment
        )
    except Unauthenticated:
        return RedirectResponse(f"/login?next=/offers/{wanted}/swap/{other}", 303)
    if place.position == 0:
        return RedirectResponse(f"/offers/{wanted}", 303)
    item = await run_unit(catalogue.class_detail, token, moment, class_id=other, now=moment)
    paper = commitment.current()
    return page(request, "swap", item=item, place=place, paper=paper, key=uuid4().hex)


@router.post("/offers/{enrolment_id}/swap/{class_id}")
@guarded(Permission.ENROL)
async def swap(
    request: Request,
    enrolment_id: str,
    class_id: str,
    version: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
    key: Annotated[str, Form()] = "",
) -> Response:
    """Enrol there, and only then leave the line here."""
    wanted, other = parse_id(enrolment_id), parse_id(class_id)
    await _offer(request, wanted)
    try:
        made = await run_hot_steps(
            enrolment.enrolling,
            request,
            other,
            commitment_version=version if agreed else None,
            idempotency_key=key or None,
            channel="page",
            now=now(),
            wait=False,
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return await _refused(request, wanted, error)
    moment = now()
    await run_unit(
        waiting_list.leave, login_token(request), moment, enrolment_id=wanted, now=moment
    )
    return RedirectResponse(f"/offers/{made.id}", 303)


def left_text(seconds: int) -> str:
    """还剩 5 小时 20 分; whole minutes, never less than what is left."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    if hours:
        return t("offer.left_long", hours=hours, minutes=minutes)
    return t("offer.left_short", minutes=minutes)


async def _offer(request: Request, enrolment_id: UUID) -> OfferView:
    moment = now()
    return await run_unit(
        my_offer, login_token(request), moment, enrolment_id=enrolment_id, now=moment
    )


async def _refused(request: Request, enrolment_id: UUID, error: PortalError) -> Response:
    """Why not, and what is still kept for the person; an id of nobody's is not found."""
    view = await _offer(request, enrolment_id)
    return page(
        request, "offer_refused", error=error, item=view, sentence=sentence_for(error),
        code=error.code,
    )  # fmt: skip

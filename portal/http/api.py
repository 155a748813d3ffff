"""The JSON API for kiosks and other systems: the same services, the shapes of the contract."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json, to_jsonable_python

from portal.domain.errors import BadInput, OutsideWindow
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.auth import keep_login, refusal, try_log_in
from portal.http.context import login_token, now
from portal.http.hot import hashed_token, run_hot_steps
from portal.http.screen import current, milliseconds
from portal.http.second_step import with_digits
from portal.http.signals import signals_of_program
from portal.http.verify import as_json, look_up
from portal.services import (
    archive,
    attendance,
    catalogue,
    checkin_codes,
    commitment,
    enrolment,
    institutions,
    offers,
    screen_pulse,
)
from portal.services.catalogue import ClassQuery
from portal.services.unit import guarded, public, run_unit

router = APIRouter(prefix="/api/v1", tags=["v1"])

Body = TypeVar("Body", bound=BaseModel)


class Credentials(BaseModel):
    """A phone or document number, and the password; the six digits where they are asked for."""

    login: str = Field(max_length=100)
    password: str = Field(max_length=1000)
    second_factor: str = Field(default="", max_length=40)


class EnrolmentRequest(BaseModel):
    """Which class. Whoever sends it has shown and signed the commitment in force.

    ``wait``: join the waiting list of a full class, instead of the refusal ``seats_gone``;
    ``ask_review``: where a rule refuses that an officer may set aside, ask for that.
    """

    class_id: str = Field(max_length=64)
    commitment_version: str | None = Field(default=None, max_length=40)
    wait: bool = True
    ask_review: bool = False


class OfferAnswer(BaseModel):
    """Yes or no. Whoever accepts has shown and signed the commitment in force."""

    accept: bool
    commitment_version: str | None = Field(default=None, max_length=40)


class CheckinRequest(BaseModel):
    """What was scanned or typed: the address, its code, or the six digits."""

    code: str = Field(max_length=400)


def parse_body(model: type[Body], content: bytes) -> Body:
    """The JSON body as ``model``; raises BadInput naming the first field that is wrong.

    For the hottest route only: the framework's own way costs a tenth of the whole request.
    """
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        field = str(place[-1]) if place else "body"
        raise BadInput(field, "error.field_unreadable", name=field) from None


def answer(value: object, status: int = 200) -> Response:
    """A view as JSON that no cache keeps; dates and times as ISO 8601."""
    return Response(
        to_json(value),
        status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


@router.post(
    "/checkins",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": CheckinRequest.model_json_schema()}},
        }
    },
)
@guarded(Permission.CHECK_IN)
async def check_in(request: Request) -> Response:
    """Sign in or out with a code; again answers the first result."""
    body = parse_body(CheckinRequest, await request.body())
    result = await checkin_codes.check_in_by_program(
        hashed_token(request), body.code, seen=signals_of_program(request), now=now()
    )
    return answer(result)


@router.post("/session")
@public
async def open_session(request: Request, body: Credentials) -> Response:
    """Log in: sets the cookie, and returns a bearer token for devices."""
    outcome = await try_log_in(request, body.login, body.password, kind="device")
    login = outcome.login
    if outcome.challenge is not None and body.second_factor:
        # A factor that has yet to be set up is set up on the page: nothing here shows a QR code.
        if outcome.challenge.enrols:
            raise refusal(outcome)
        login = await with_digits(request, outcome.challenge.token, body.second_factor)
    if login is None:
        raise refusal(outcome)
    response = answer(
        {"token": login.token, "expires_at": login.expires_at, "role": login.role.value}
    )
    keep_login(request, response, login)
    return response


@router.get("/classes")
@public
async def list_classes(
    request: Request,
    q: Annotated[str, Query(max_length=200)] = "",
    region: Annotated[str, Query(max_length=12)] = "",
    occupation: Annotated[str, Query(max_length=20)] = "",
    level: Annotated[str, Query(max_length=10)] = "",
    group: Annotated[str, Query(max_length=40)] = "",
    page: int = 1,
    size: int = 20,
) -> Response:
    """Published classes, neutral order, stable pages."""
    moment = now()
    query = ClassQuery(
        q=q,
        region=region,
        occupation=occupation,
        level=level,
        group=group,
        page=page,
        size=size,
    )
    found = await run_unit(
        catalogue.list_classes, login_token(request), moment, query=query, now=moment
    )
    body = to_jsonable_python(found, exclude={"sessions", "items"})
    body["items"] = [
        {**to_jsonable_python(card), "sessions": to_jsonable_python(found.sessions[card.id])}
        for card in found.items
    ]
    return answer(body)


@router.get("/classes/{class_id}")
@public
async def one_class(request: Request, class_id: str) -> Response:
    """A class with its sessions."""
    moment = now()
    found = await run_unit(
        catalogue.class_detail,
        login_token(request),
        moment,
        class_id=parse_id(class_id),
        now=moment,
    )
    return answer(found)


@router.get("/institutions")
@public
async def list_institutions(
    request: Request,
    q: Annotated[str, Query(max_length=200)] = "",
    region: Annotated[str, Query(max_length=12)] = "",
    page: int = 1,
    size: int = 20,
) -> Response:
    """Listed institutions, private as public."""
    moment = now()
    found = await run_unit(
        institutions.find_institutions,
        login_token(request),
        moment,
        q=q,
        region=region,
        page=page,
        size=size,
        now=moment,
    )
    return answer(found)


@router.post("/enrolments", status_code=201)
@guarded(Permission.ENROL)
async def enrol(
    request: Request,
    body: EnrolmentRequest,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Take a seat (201); where the answer is a place on the waiting list or an officer's
    review, it is 202. The same Idempotency-Key again answers the same enrolment (200)."""
    made = await run_hot_steps(
        enrolment.enrolling,
        request,
        parse_id(body.class_id),
        commitment_version=body.commitment_version or commitment.current().version,
        idempotency_key=idempotency_key,
        channel="api",
        wait=body.wait,
        ask_review=body.ask_review,
        now=now(),
    )
    if made.repeated:
        return answer(made)
    return answer(made, 201 if made.status == "accepted" else 202)


@router.get("/enrolments")
@guarded(Permission.ENROL)
async def list_enrolments(request: Request, page: int = 1, size: int = 20) -> Response:
    """The caller's enrolments, live first."""
    moment = now()
    found = await run_unit(
        enrolment.my_enrolments,
        login_token(request),
        moment,
        page=page,
        size=size,
        now=moment,
    )
    return answer(found)


@router.delete("/enrolments/{enrolment_id}", status_code=204)
@guarded(Permission.ENROL)
async def cancel(request: Request, enrolment_id: str) -> Response:
    """Give the seat back; again does no harm."""
    moment = now()
    await run_unit(
        enrolment.cancel,
        login_token(request),
        moment,
        enrolment_id=parse_id(enrolment_id),
        reason="",
        now=moment,
    )
    return Response(status_code=204)


@router.post("/enrolments/{enrolment_id}/offer")
@guarded(Permission.ENROL)
async def answer_offer(request: Request, enrolment_id: str, body: OfferAnswer) -> Response:
    """Accept or decline the seat that is offered; the same answer again answers the same."""
    moment, token, wanted = now(), login_token(request), parse_id(enrolment_id)
    if not body.accept:
        found = await run_unit(offers.decline, token, moment, enrolment_id=wanted, now=moment)
        return answer(found)
    found = await run_unit(
        offers.accept,
        token,
        moment,
        enrolment_id=wanted,
        commitment_version=body.commitment_version or commitment.current().version,
        now=moment,
    )
    return answer(found)


@router.get("/sessions/{session_id}/code")
@guarded(Permission.RUN_SESSION)
async def session_code(request: Request, session_id: str) -> Response:
    """The current code for an institution's own screen."""
    code = await current(request, session_id)
    if not code.is_open:
        raise OutsideWindow
    return answer(
        {
            "code": code.token,
            "numeric": code.numeric,
            "url": code.url,
            "expires_at": code.expires_at,
            "period_s": code.period_s,
            "phase": code.phase,
            "present": code.present_count,
            "roster": code.roster_count,
        }
    )


@router.get("/sessions/{session_id}/pulse")
@guarded(Permission.RUN_SESSION)
async def session_pulse(request: Request, session_id: str) -> Response:
    """Whether somebody has scanned, for a screen that asks all the time: what is open, the number
    of the code to show, how many are in, and the server's time."""
    moment = now()
    found = await screen_pulse.pulse(
        hashed_token(request), session_id=parse_id(session_id), now=moment
    )
    return answer(
        {
            "phase": found.phase,
            "seq": found.seq,
            "count": found.count,
            "now_ms": milliseconds(moment),
        }
    )


@router.get("/sessions/{session_id}/attendance")
@guarded(Permission.CONFIRM_ATTENDANCE)
async def sheet(request: Request, session_id: str) -> Response:
    """The sheet of a session, odd rows first."""
    moment = now()
    found = await run_unit(
        attendance.session_sheet,
        login_token(request),
        moment,
        session_id=parse_id(session_id),
        now=moment,
    )
    return answer(found)


@router.post("/sessions/{session_id}/attendance/confirm")
@guarded(Permission.CONFIRM_ATTENDANCE)
async def confirm(request: Request, session_id: str) -> Response:
    """Close the sheet; again answers the closed sheet."""
    moment = now()
    found = await run_unit(
        attendance.confirm_attendance,
        login_token(request),
        moment,
        session_id=parse_id(session_id),
        now=moment,
    )
    return answer(found)


@router.get("/archive")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def my_archive(request: Request) -> Response:
    """The caller's archive."""
    moment = now()
    found = await run_unit(archive.archive_json, login_token(request), moment, now=moment)
    return answer(found)


@router.get("/certificates/{number}/verification")
@public
async def verification(request: Request, number: str) -> Response:
    """Whether a certificate is genuine and in force."""
    return answer(as_json(await look_up(request, number)))

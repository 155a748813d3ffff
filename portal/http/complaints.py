"""Complaints by the plain door: a form without a login, and the answer with receipt and secret.

What is written, and the secret, travel in the body of a POST only; an address holds at most a
receipt, which says nothing of anybody.
"""

import secrets

from fastapi import APIRouter, Request, Response

from portal.domain.errors import BadInput, PortalError
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.domain.receipt import parse_receipt, spaced
from portal.http.context import login_token, now, source_key
from portal.http.external import picture
from portal.http.pages import page
from portal.http.uploads import Upload, read_upload
from portal.locale.errors import sentence_for
from portal.services.casework import complaint_desk, complaints
from portal.services.casework.complaint_rows import KINDS
from portal.services.casework.complaints import ComplaintForm, OwnComplaint, Sent
from portal.services.external_certificates import MOST_BYTES, as_stored_picture
from portal.services.unit import guarded, in_thread, public, run_unit

router = APIRouter(include_in_schema=False)

PATH = "/complaints"
FIELDS = ("kind", "region", "about", "text", "name", "phone", "photo")


@router.get(PATH)
@public
async def form(request: Request) -> Response:
    """The form, and where one looks an answer up."""
    return await _form(request, {})


@router.post(f"{PATH}/new")
@public
async def send(request: Request) -> Response:
    """Take it in; receipt and secret are shown this once, on this very page."""
    sent = Upload({}, "", b"")
    try:
        sent = await read_upload(request, name="photo")
        made = await _send(request, sent)
    except PortalError as error:
        return await _form(request, sent.fields, error)
    return page(
        request, "complaint_sent", made=made, receipt=spaced(made.receipt), secret=made.secret
    )


@router.post(f"{PATH}/open")
@public
async def look_up(request: Request) -> Response:
    """Open a complaint by what was typed on the form's page."""
    fields = await _fields(request)
    return await _opened(request, fields.get("receipt", ""), fields)


@router.get(f"{PATH}/{{receipt}}")
@public
async def ask(request: Request, receipt: str) -> Response:
    """Ask for the secret of a receipt; whether there is such a one is not said."""
    try:
        number = parse_receipt(receipt)
    except BadInput as error:
        return await _form(request, {}, error)
    return page(request, "complaint_ask", receipt=spaced(number), problem="")


@router.post(f"{PATH}/{{receipt}}")
@public
async def act(request: Request, receipt: str) -> Response:
    """Read it, answer a question, or say whether the answer will do."""
    return await _opened(request, receipt, await _fields(request))


@router.get("/admin/complaints/{complaint_id}/photo")
@guarded(Permission.HANDLE_CASES)
async def photo(request: Request, complaint_id: str) -> Response:
    """The photo, for an officer of the region; every look is written down."""
    moment = now()
    content = await run_unit(
        complaint_desk.photo,
        login_token(request),
        moment,
        complaint_id=parse_id(complaint_id),
        now=moment,
    )
    return picture(content, "image/jpeg")


async def _send(request: Request, sent: Upload) -> Sent:
    image = None
    if sent.content:
        raw = sent.content
        image = await in_thread(lambda: as_stored_picture(raw))
    given, moment = sent.fields, now()
    return await run_unit(
        complaints.send,
        login_token(request),
        moment,
        form=ComplaintForm(
            nonce=given.get("nonce", ""),
            kind=given.get("kind", ""),
            region_code=given.get("region", ""),
            about=given.get("about", ""),
            text=given.get("text", ""),
            name=given.get("name", ""),
            phone=given.get("phone", ""),
            unknown=given.get("unknown") == "1",
        ),
        photo=image,
        source=source_key(request),
        now=moment,
    )


async def _opened(request: Request, receipt: str, fields: dict[str, str]) -> Response:
    problem: PortalError | None = None
    try:
        found = await _do(request, receipt, fields, fields.get("act", ""))
    except PortalError as error:
        problem = error
    if problem is not None:
        try:
            # What was typed stays: the complaint once more, with what is wrong.
            found = await _do(request, receipt, fields, "")
        except PortalError as error:
            return page(
                request, "complaint_ask", error=error, receipt=receipt[:20],
                problem=sentence_for(error),
            )  # fmt: skip
    return page(
        request,
        "complaint",
        error=problem,
        found=found,
        receipt=spaced(found.receipt),
        secret=fields.get("secret", "")[:20],
        problem=sentence_for(problem) if problem else "",
        typed=fields.get("text", "") if problem else "",
    )


async def _do(request: Request, receipt: str, fields: dict[str, str], act: str) -> OwnComplaint:
    moment, token = now(), login_token(request)
    secret, source = fields.get("secret", ""), source_key(request)
    match act:
        case "reply":
            return await run_unit(
                complaints.reply, token, moment, receipt=receipt, secret=secret,
                text=fields.get("text", ""), source=source, now=moment,
            )  # fmt: skip
        case "yes" | "no" as said:
            return await run_unit(
                complaints.judge, token, moment, receipt=receipt, secret=secret,
                satisfied=said == "yes", why=fields.get("text", ""), source=source, now=moment,
            )  # fmt: skip
        case _:
            return await run_unit(
                complaints.look_up, token, moment, receipt=receipt, secret=secret, source=source,
                now=moment,
            )  # fmt: skip


async def _fields(request: Request) -> dict[str, str]:
    """The texts of a plain form."""
    given = await request.form()
    return {name: value for name, value in given.items() if isinstance(value, str)}


async def _form(
    request: Request, typed: dict[str, str], error: PortalError | None = None
) -> Response:
    moment = now()
    places = await run_unit(complaints.regions_offered, None, moment)
    return page(
        request,
        "complaint_form",
        error=error,
        path=f"{PATH}/new",
        kinds=KINDS,
        places=places,
        typed={name: typed.get(name, "") for name in FIELDS},
        unknown=typed.get("unknown") == "1",
        # The form keeps its number when something is wrong: sent twice, it is one complaint.
        nonce=typed.get("nonce", "") or secrets.token_hex(16),
        fields=FIELDS,
        most=MOST_BYTES,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )

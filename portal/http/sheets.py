"""Printing check-in cards for people without a phone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import personal_sheets
from portal.services.unit import guarded, in_thread, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/teach/classes/{class_id}/sheets")
@guarded(Permission.RUN_SESSION)
async def choose(request: Request, class_id: str) -> Response:
    """For whom to print."""
    return await _form(request, parse_id(class_id))


@router.post("/teach/classes/{class_id}/sheets")
@guarded(Permission.RUN_SESSION)
async def print_cards(
    request: Request,
    class_id: str,
    enrolment: Annotated[list[str] | None, Form()] = None,
    renew: Annotated[str, Form()] = "",
) -> Response:
    """The file to print. A post, since every print is written down."""
    moment, wanted = now(), parse_id(class_id)
    try:
        document = await run_unit(
            personal_sheets.print_cards,
            login_token(request),
            moment,
            class_id=wanted,
            enrolment_ids=[parse_id(one) for one in enrolment or ()],
            renew=renew != "",
            now=moment,
        )
    except BadInput as error:
        return await _form(request, wanted, error)
    content = await in_thread(lambda: personal_sheets.cards_pdf(document))
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="{t("sheets.card.file")}.pdf"',
            "cache-control": "private, no-store",
        },
    )


async def _form(request: Request, class_id: UUID, error: BadInput | None = None) -> Response:
    moment = now()
    found = await run_unit(
        personal_sheets.choices, login_token(request), moment, class_id=class_id, now=moment
    )
    return page(
        request,
        "sheets",
        error=error,
        item=found,
        problem=sentence_for(error) if error else "",
    )

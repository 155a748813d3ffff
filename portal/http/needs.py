"""``/needs/new``: no class suits, so the wish is written down, as the search before it tells."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.documents.plain_cells import csv_bytes
from portal.domain.errors import BadInput, PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.helping import person_path, read_person
from portal.http.pages import page
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import helping_acts, needs, needs_report
from portal.services.need_terms import check_wish
from portal.services.needs_form import NeedForm, filled_form, need_form
from portal.services.times import day_of
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/needs/new")
@guarded(Permission.ENROL)
async def form(
    request: Request, occupation: str = "", region: str = "", month: str = ""
) -> Response:
    """The form, filled in by the search; whoever is signed out comes back to it as it was."""
    try:
        return await _form(request, occupation[:40], region[:6], month[:7])
    except Unauthenticated:
        asked = urlencode({"occupation": occupation[:40], "region": region[:6]})
        return RedirectResponse(f"/login?next={quote(f'/needs/new?{asked}')}", 303)


@router.post("/needs/new")
@guarded(Permission.ENROL)
async def record(
    request: Request,
    subject: Annotated[str, Form()] = "",
    region: Annotated[str, Form()] = "",
    month: Annotated[str, Form()] = "",
) -> Response:
    """Write it down; then what happens next, and what is open nearby already."""
    moment = now()
    try:
        wish = check_wish(subject=subject, region=region, month=month, today=day_of(moment))
        done = await run_unit(needs.record, login_token(request), moment, wish=wish, now=moment)
    except Unauthenticated:
        raise
    except PortalError as error:
        return await _form(request, subject[:60], region[:6], month[:7], error)
    return page(request, "need_done", done=done, back="/me/needs", classes="/classes")


@router.get("/help/people/{mandate_id}/needs/new")
@guarded(Permission.HELP_OTHERS)
async def form_for(
    request: Request, mandate_id: str, occupation: str = "", region: str = ""
) -> Response:
    """The form for somebody who gave a mandate."""
    return await _form_for(request, mandate_id, occupation[:40], region[:6], "")


@router.post("/help/people/{mandate_id}/needs/new")
@guarded(Permission.HELP_OTHERS)
async def record_for(
    request: Request,
    mandate_id: str,
    subject: Annotated[str, Form()] = "",
    region: Annotated[str, Form()] = "",
    month: Annotated[str, Form()] = "",
) -> Response:
    """Write it down for them."""
    wanted, moment = parse_id(mandate_id), now()
    try:
        wish = check_wish(subject=subject, region=region, month=month, today=day_of(moment))
    except BadInput as error:
        return await _form_for(request, mandate_id, subject[:60], region[:6], month[:7], error)
    try:
        done = await run_unit(
            helping_acts.record_need,
            login_token(request),
            moment,
            mandate_id=wanted,
            wish=wish,
            now=moment,
        )
    except BadInput as error:
        return await _form_for(request, mandate_id, subject[:60], region[:6], month[:7], error)
    back = person_path(wanted)
    return page(request, "need_done", done=done, back=back, classes=f"{back}/classes")


@router.post("/help/people/{mandate_id}/needs/{need_id}/withdraw")
@guarded(Permission.HELP_OTHERS)
async def withdraw_for(request: Request, mandate_id: str, need_id: str) -> Response:
    """They do not wish for it any more."""
    wanted, moment = parse_id(mandate_id), now()
    await run_unit(
        helping_acts.withdraw_need,
        login_token(request),
        moment,
        mandate_id=wanted,
        need_id=parse_id(need_id),
        now=moment,
    )
    return RedirectResponse(person_path(wanted), 303)


@router.get("/files/needs.csv")
@guarded(Permission.SUPERVISE)
async def sheet(request: Request, region: str = "") -> Response:
    """The officer's sum as a sheet: counts, no names."""
    moment = now()
    rows = await run_unit(
        needs_report.export, login_token(request), moment, within=region[:6], now=moment
    )
    name = quote(t("needs.sheet.file", day=f"{day_of(moment):%Y%m%d}"))
    return Response(
        csv_bytes(rows),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
            "cache-control": "no-store",
        },
    )


async def _form(
    request: Request,
    occupation: str,
    region: str,
    month: str,
    error: PortalError | None = None,
) -> Response:
    moment = now()
    found = await run_unit(
        need_form,
        login_token(request),
        moment,
        occupation=occupation,
        region=region,
        month=month,
        now=moment,
    )
    return _page(request, found, "/needs/new", "/me/needs", error)


async def _form_for(
    request: Request,
    mandate_id: str,
    occupation: str,
    region: str,
    month: str,
    error: PortalError | None = None,
) -> Response:
    who = await read_person(request, parse_id(mandate_id))
    found = filled_form(
        occupation=occupation, region=region, home=who.region_code, month=month, today_at=now()
    )
    back = person_path(who.mandate_id)
    return _page(request, found, f"{back}/needs/new", back, error, who.name)


def _page(
    request: Request,
    found: NeedForm,
    action: str,
    back: str,
    error: PortalError | None,
    name: str = "",
) -> Response:
    return page(
        request,
        "need_form",
        error=error,
        form=found,
        action=action,
        back=back,
        name=name,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )

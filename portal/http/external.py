"""Certificates from elsewhere by the plain door: the owner's form with a photo, and the photos.

A form that a browser without scripts sends; what was typed stays when something is wrong.
"""

from fastapi import APIRouter, Request, Response

from portal.domain.certificate_kinds import Source, kinds_from
from portal.domain.errors import BadInput, Forbidden, PortalError, Unauthenticated
from portal.domain.levels import SkillLevel
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.http.uploads import Upload, read_upload
from portal.locale.errors import sentence_for
from portal.policies import reference
from portal.services import external_certificates, external_checks
from portal.services.external_certificates import ExternalView
from portal.services.unit import guarded, in_thread, run_unit

router = APIRouter(include_in_schema=False)

PATH = "/me/external/new"
FIELDS = (
    *("kind", "number", "title", "occupation_name", "level", "issuer", "issuer_region"),
    *("issued_on", "expires_on", "image"),
)
# Shown again as typed; the longest field has 60 characters.
_SHOWN = 100


@router.get(PATH)
@guarded(Permission.SEE_OWN_ARCHIVE)
async def form(request: Request) -> Response:
    """The form."""
    await _mine(request)
    return _page(request, {})


@router.post(PATH)
@guarded(Permission.SEE_OWN_ARCHIVE)
async def add(request: Request) -> Response:
    """Keep it, and say what happens next."""
    # Nobody's megabytes are read who may not send any.
    await _mine(request)
    sent = Upload({}, "", b"")
    try:
        sent = await read_upload(request, name="image")
        made = await _add(request, sent)
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        return _page(request, sent.fields, error)
    return page(request, "external_done", made=made)


@router.get("/me/external/{external_id}/picture")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def own_picture(request: Request, external_id: str) -> Response:
    """The photo of one's own."""
    found = await run_unit(
        external_certificates.my_image,
        login_token(request),
        now(),
        external_id=parse_id(external_id),
    )
    return picture(*found)


@router.get("/admin/external/{external_id}/picture")
@guarded(Permission.ISSUE_CERTIFICATES)
async def waiting_picture(request: Request, external_id: str) -> Response:
    """The photo, for the officer who verifies; every look is written down."""
    moment = now()
    found = await run_unit(
        external_checks.see_image,
        login_token(request),
        moment,
        external_id=parse_id(external_id),
        now=moment,
    )
    return picture(*found)


def picture(content: bytes, media_type: str) -> Response:
    """A picture that is nobody else's: kept nowhere on the way."""
    headers = {"cache-control": "no-store", "content-disposition": "inline"}
    return Response(content, media_type=media_type, headers=headers)


async def _mine(request: Request) -> tuple[ExternalView, ...]:
    moment = now()
    return await run_unit(
        external_certificates.my_external, login_token(request), moment, now=moment
    )


async def _add(request: Request, sent: Upload) -> ExternalView:
    image = None
    if sent.content:
        raw = sent.content
        image = await in_thread(lambda: external_certificates.as_stored_picture(raw))
    moment = now()
    made = await run_unit(
        external_certificates.add,
        login_token(request),
        moment,
        form=sent.fields,
        image=image,
        now=moment,
    )
    return next(one for one in await _mine(request) if one.id == made)


def _page(request: Request, typed: dict[str, str], error: PortalError | None = None) -> Response:
    return page(
        request,
        "external_form",
        error=error,
        path=PATH,
        kinds=[kind.code for kind in kinds_from(Source.OWNER)],
        levels=[(str(int(level)), level.printed_name) for level in SkillLevel],
        places=[(one.code, one.name) for one in reference.child_regions(reference.NATIONAL)],
        typed={name: typed.get(name, "")[:_SHOWN] for name in FIELDS},
        fields=FIELDS,
        most=external_certificates.MOST_BYTES,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )

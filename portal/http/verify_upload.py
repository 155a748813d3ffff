"""Verification of certificate files: by upload, and by the camera that reads a code.

Both pages work without a login; what is uploaded is judged in memory and forgotten.
"""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from portal.domain.errors import BadInput, PortalError, TooManyAttempts
from portal.http.context import now, source_key, wants_json
from portal.http.pages import page
from portal.http.uploads import read_upload
from portal.locale.errors import sentence_for
from portal.services import trust, verify_throttle
from portal.services.file_register import verify_file
from portal.services.file_verdict import FileVerdict
from portal.services.unit import public, run_unit
from portal.settings import get_settings

router = APIRouter(include_in_schema=False)


def as_json(found: FileVerdict) -> dict[str, Any]:
    """The answer for programs; dates as ISO 8601, answers by their keys."""
    facts = asdict(found.facts) if found.facts else {}
    plain = {key: v.isoformat() if hasattr(v, "isoformat") else v for key, v in facts.items()}
    known = found.registered
    return {
        "outcome": found.outcome,
        "accepted": found.accepted,
        "sentence": found.sentence,
        "answers": {one.key: one.ok for one in found.answers},
        "certificate": plain or None,
        "revoked_on": known.revoked_on.isoformat() if known and known.revoked_on else None,
    }


@router.get("/verify/file")
@public
async def upload_form(request: Request) -> Response:
    """Where a file is chosen."""
    return page(request, "verify_upload", problem="")


@router.post("/verify/file")
@public
async def judge_file(request: Request) -> Response:
    """The answer to a file."""
    moment = now()
    wait = verify_throttle.allow(source_key(request), now=moment)
    if wait:
        raise TooManyAttempts(seconds=wait)
    try:
        sent = await read_upload(request, name="file")
        if not sent.content:
            raise BadInput("file", "file_check.no_file")
    except BadInput as error:
        return _form_again(request, error)
    found = await run_unit(verify_file, None, moment, content=sent.content, now=moment)
    if wants_json(request):
        return JSONResponse(as_json(found), headers={"cache-control": "no-store"})
    return page(request, "verify_file", found=found, now=moment)


@router.get("/verify/camera")
@public
async def camera(request: Request) -> Response:
    """The camera, and which addresses its codes may lead to."""
    moment = now()
    others = await run_unit(trust.trusted_urls, None, moment)
    own = get_settings().public_url
    return page(request, "verify_camera", own=own, others=others)


def _form_again(request: Request, error: PortalError) -> Response:
    if wants_json(request):
        raise error
    return page(request, "verify_upload", error=error, problem=sentence_for(error))

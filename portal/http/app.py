"""The plain HTTP door, assembled."""

import contextlib
import gc
from collections.abc import AsyncIterator

from fastapi import FastAPI

from portal.http import (
    api,
    archive_import,
    archive_print,
    audit_export,
    auth,
    catalogues,
    certificate_batches,
    checkin,
    claims,
    closure,
    complaints,
    demo_phone,
    eligibility,
    enrol,
    external,
    fact_import,
    files,
    first_rows,
    free,
    health,
    helper_checkin,
    helping,
    helping_acts,
    helping_words,
    issuer_seals,
    joining,
    needs,
    offers,
    offline,
    own_data,
    own_photo,
    passes,
    portals,
    problems,
    reports,
    roster_confirm,
    roster_desk,
    rosters,
    screen,
    second_step,
    shares,
    sheets,
    staff_scan,
    supplements,
    verify,
    verify_upload,
)
from portal.services.hot import closing_connections


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """What the routes hold as long as they are served; Reflex runs it, since a mounted
    application's own lifespan does not run."""
    # What was imported lives as long as the process. Looked through at every full collection, it
    # would keep a request waiting for 0.1 s now and then.
    gc.collect()
    gc.freeze()
    async with closing_connections():
        yield


def make_api() -> FastAPI:
    """The FastAPI application that answers before the Reflex pages do."""
    app = FastAPI(
        title="Training portal API",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would build the target from the Host header
        lifespan=lifespan,
    )
    problems.install(app)
    # Routes are tried in order: what a whole class or everybody calls at once stands
    # first.
    for module in (
        api,
        health,
        verify_upload,
        verify,
        auth,
        checkin,
        helper_checkin,
        passes,
        offline,
        enrol,
        offers,
        screen,
        staff_scan,
        sheets,
        archive_print,
        files,
        certificate_batches,
        own_data,
        closure,
        first_rows,
        demo_phone,
        free,
        eligibility,
        fact_import,
        archive_import,
        portals,
        rosters,
        roster_confirm,
        roster_desk,
        helping,
        helping_acts,
        helping_words,
        needs,
        claims,
        external,
        own_photo,
        issuer_seals,
        shares,
        second_step,
        joining,
        catalogues,
        complaints,
        reports,
        audit_export,
        supplements,
    ):
        app.include_router(module.router)
    return app

"""The plain HTTP door, assembled."""

from fastapi import FastAPI

from portal.http import auth, checkin, enrol, files, health, problems, screen, verify


def make_api() -> FastAPI:
    """The FastAPI application that answers before the Reflex pages do."""
    app = FastAPI(
        title="Training portal API",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    for module in (health, auth, checkin, enrol, screen, verify, files):
        app.include_router(module.router)
    return app

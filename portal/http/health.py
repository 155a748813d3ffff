"""Liveness, readiness, metrics."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from portal.services.health import readiness
from portal.services.unit import in_thread, public

router = APIRouter(include_in_schema=False)


@router.api_route("/healthz", methods=["GET", "HEAD"])
@public
async def healthz() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.api_route("/readyz", methods=["GET", "HEAD"])
@public
async def readyz() -> JSONResponse:
    """Database and schema are ready; 503 otherwise."""
    found = await in_thread(readiness)
    return JSONResponse(found, 200 if all(found.values()) else 503)


@router.get("/metrics")
@public
async def metrics() -> Response:
    """Prometheus figures of this process; nothing personal is counted."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

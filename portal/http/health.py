"""Liveness, readiness, metrics."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from portal.http.context import now
from portal.services import queue
from portal.services.health import queue_status, readiness
from portal.services.unit import in_thread, public

router = APIRouter(include_in_schema=False)
JOBS = Gauge("portal_jobs", "Background jobs of all processes, by state", ["state"])
WORKERS = Gauge("portal_workers", "Workers of all processes that report")


@router.api_route("/healthz", methods=["GET", "HEAD"])
@public
async def healthz() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.api_route("/readyz", methods=["GET", "HEAD"])
@public
async def readyz() -> JSONResponse:
    """Database, schema and queue are ready; 503 otherwise."""
    found = await in_thread(readiness)
    return JSONResponse(found, 200 if all(found.values()) else 503)


@router.get("/metrics")
@public
async def metrics() -> Response:
    """Prometheus figures of this process and of the queue; nothing personal is counted."""
    found = await in_thread(lambda: queue_status(now=now()))
    if found is not None:
        _show(found)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _show(found: queue.QueueStatus) -> None:
    for state in ("waiting", "late", "running", "failed"):
        JOBS.labels(state).set(getattr(found, state))
    WORKERS.set(found.workers)

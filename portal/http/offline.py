"""A class without a link: the instructor's page and its kit, uploads, and scans kept by phones.

The pages are shells that say nothing about anybody: the service worker keeps them, and what is
personal lies in the device's own database.
"""

import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.domain.relay_trap import COLOURS
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.http.signals import signals_of
from portal.locale import sentences, t
from portal.services import kept_scans, offline_kit, offline_upload
from portal.services.offline_items import milliseconds, moment
from portal.services.offline_judging import Answer
from portal.services.offline_kit import Kit, KitPerson, KitSession
from portal.services.unit import guarded, public, run_unit

router = APIRouter(include_in_schema=False)

# One device's week of classes is less; more comes in further uploads.
_MOST_ITEMS = 5000
# So many stand in one transaction: a link that is lost again loses little.
_AT_ONCE = 200


@router.get("/teach/offline")
@guarded(Permission.RUN_SESSION)
async def offline_page(request: Request) -> Response:
    """The page that works without a link after one visit."""
    colours = {name: f"{t(f'trap.{name}')} {t(f'trap.shape_{name}')}" for name in COLOURS}
    return page(request, "offline", words=_words("offline.js.") | {"colours": colours})


@router.get("/teach/offline/kit.json")
@guarded(Permission.RUN_SESSION)
async def kit(request: Request) -> Response:
    """What the page needs for today."""
    moment_now = now()
    made = await run_unit(offline_kit.kit, login_token(request), moment_now, now=moment_now)
    body = json.dumps(_kit(made), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"cache-control": "no-store", "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = gzip.compress(body, 6), "gzip"
    return Response(body, media_type="application/json", headers=headers)


@router.post("/teach/offline/upload")
@guarded(Permission.RUN_SESSION)
async def upload(request: Request) -> Response:
    """Take what a device recorded; the same again answers the same."""
    moment_now = now()
    body = await _body(request)
    answers: list[Answer] = []
    for part in _parts(body, "items"):
        answers += await run_unit(
            offline_upload.take,
            login_token(request),
            moment_now,
            items=part,
            device_now=moment(body.get("device_now")),
            recorded_by=parse_id(str(body["account"])) if body.get("account") else None,
            now=moment_now,
        )
    return _answers(answers, moment_now)


@router.post("/checkin/kept")
@guarded(Permission.CHECK_IN)
async def kept(request: Request) -> Response:
    """Take the scans that a trainee's phone kept."""
    moment_now = now()
    body = await _body(request)
    answers: list[Answer] = []
    for part in _parts(body, "scans"):
        answers += await run_unit(
            kept_scans.take,
            login_token(request),
            moment_now,
            scans=part,
            device_now=moment(body.get("device_now")),
            now=moment_now,
            seen=signals_of(request),
        )
    settled = sum(one.remembered for one in answers)
    return _answers(answers, moment_now, note=t("offline.phone.sent", n=settled))


@router.get("/checkin/offline")
@public
async def offline_scan(request: Request) -> Response:
    """What the service worker shows for /c/... without a link, and the list of kept scans."""
    return page(request, "offline_scan", words=_words("offline.phone."))


@router.get("/no-link")
@public
async def no_link(request: Request) -> Response:
    """What the service worker shows for any other page without a link."""
    return page(request, "no_link")


def _words(prefix: str) -> dict[str, Any]:
    """The sentences that a page's script says, by their keys without the prefix."""
    return {
        key.removeprefix(prefix): sentence
        for key, sentence in sentences().items()
        if key.startswith(prefix)
    }


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise BadInput("body", "offline.bad_upload")
    return body


def _parts(body: dict[str, Any], name: str) -> list[list[object]]:
    items = body.get(name)
    if not isinstance(items, list) or len(items) > _MOST_ITEMS:
        raise BadInput(name, "offline.bad_upload")
    # An empty upload still tells whether one may upload at all.
    return [items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE)] or [[]]


def _answers(answers: Sequence[Answer], at: datetime, *, note: str = "") -> Response:
    results = [
        {
            "id": one.id,
            "outcome": one.outcome,
            "reason": one.reason,
            "text": one.text,
            "at": _ms(one.occurred_at),
            "keep": not one.remembered,
        }
        for one in answers
    ]
    body = {"server_now": milliseconds(at), "results": results, "note": note}
    return JSONResponse(body, headers={"cache-control": "no-store"})


def _kit(made: Kit) -> dict[str, Any]:
    return {
        "account": str(made.account_id),
        "day": made.day.isoformat(),
        "made_at": milliseconds(made.made_at),
        "ends_at": milliseconds(made.ends_at),
        "within_hours": made.within_hours,
        "scan_url": made.scan_url,
        "sessions": [_session(one) for one in made.sessions],
    }


def _session(one: KitSession) -> dict[str, Any]:
    return {
        "id": str(one.session_id),
        "title": one.class_title,
        "label": t("scan.session", n=one.seq_no),
        "topic": one.topic,
        "room": one.room,
        "when": one.when,
        "starts_at": milliseconds(one.starts_at),
        "ends_at": milliseconds(one.ends_at),
        "late_after": milliseconds(one.late_after),
        "windows": {
            phase.value: [milliseconds(at) for at in span] for phase, span in one.windows.items()
        },
        "relay_trap": one.relay_trap,
        "keys": {
            phase.value: {str(block): _b64(key) for block, key in keys.items()}
            for phase, keys in one.keys.items()
        },
        "people": [_person(person) for person in one.people],
        "own": {"in": _ms(one.own_in), "out": _ms(one.own_out)},
    }


def _person(one: KitPerson) -> dict[str, Any]:
    return {
        "id": str(one.enrolment_id),
        "name": one.name,
        "tail": one.id_tail,
        "guest": one.guest,
        "pass": one.pass_id.hex if one.pass_id else None,
        "at": {
            "in": _ms(one.signed_in_at),
            "mid": _ms(one.called_at),
            "out": _ms(one.signed_out_at),
        },
    }


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _ms(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)

"""May the caller take a class: for programs, and what the page before signing says of it."""

from typing import Any

from fastapi import APIRouter, Request, Response

from portal.domain.errors import NotReady
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.api import answer
from portal.http.context import login_token, now
from portal.services import facts, own_check
from portal.services.eligibility import Answer, Preflight
from portal.services.standards import Estimate
from portal.services.unit import guarded, run_unit

router = APIRouter(prefix="/api/v1", tags=["v1"])

# What the page before signing may ask; whoever does not know declares nothing.
PENSIONS = ("none", "resident", "employee")


@router.get("/classes/{class_id}/eligibility")
@guarded(Permission.ENROL)
async def eligibility(request: Request, class_id: str) -> Response:
    """The rules' answers for the caller and a class, what would be free, and published amounts."""
    moment = now()
    found, enrolled, estimate = await run_unit(
        own_check.asked,
        login_token(request),
        moment,
        class_id=parse_id(class_id),
        now=moment,
    )
    return answer(_body(found, estimate) | {"enrolled": enrolled})


async def declare_pension(request: Request, draws: str) -> None:
    """Keep what the caller says about a pension before signing; nothing for "not sure".

    An officer's verified answer stands, whatever is said now.
    """
    if draws not in PENSIONS:
        return
    moment = now()
    try:
        await run_unit(facts.declare_pension, login_token(request), moment, draws=draws, now=moment)
    except NotReady:
        return


def _body(found: Preflight, estimate: Estimate) -> dict[str, Any]:
    return {
        "outcome": found.verdict,
        "headline": found.headline,
        "results": [_result(one) for one in found.answers],
        "free": found.free,
        "can_ask_review": found.can_ask,
        "left": [
            {"bucket": one.bucket, "limit": one.limit, "used": one.used, "left": one.left}
            for one in found.left
        ],
        "estimate": {
            "payee": estimate.payee,
            "amounts": [
                {
                    "kind": one.kind,
                    "unit": one.unit,
                    "amount_fen": one.amount_fen,
                    "fund": one.fund,
                    "region_code": one.region_code,
                    "doc_no": one.doc_no,
                    "note": one.note,
                }
                for one in estimate.amounts
            ],
        },
    }


def _result(one: Answer) -> dict[str, Any]:
    return {
        "rule_id": one.rule_id,
        "outcome": one.outcome,
        "message": one.message,
        "legal_basis": one.legal_basis,
        "quote": one.quote,
        "change": one.change,
        "remedy": one.remedy,
        "papers": list(one.papers),
        "ask": one.ask,
    }

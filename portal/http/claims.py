"""What a person is asked about money in the own name, and what is on public notice.

Plain pages, one post each: they work in WeChat, on a bad link, and without a script.
"""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import times
from portal.services.claims import answers, board, texts
from portal.services.claims.answers import WRONG, Question
from portal.services.unit import guarded, public, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/me/claims/{line_id}")
@guarded(Permission.ENROL)
async def question_page(request: Request, line_id: str) -> Response:
    """X 报告您学习40课时，申领1200元，对吗？ Or what was answered, and what became of it."""
    wanted = parse_id(line_id)
    try:
        asked = await _question(request, wanted)
    except Unauthenticated:
        return RedirectResponse(f"/login?next=/me/claims/{wanted}", 303)
    return _page(request, asked)


@router.post("/me/claims/{line_id}")
@guarded(Permission.ENROL)
async def answer(
    request: Request,
    line_id: str,
    answer: Annotated[str, Form()] = "",
    wrong: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Take a yes or a no; then the page that says what came of it."""
    wanted, token, moment = parse_id(line_id), login_token(request), now()
    if answer not in ("yes", "no"):
        return _page(request, await _question(request, wanted))
    try:
        await run_unit(
            answers.answer,
            token,
            moment,
            line_id=wanted,
            agrees=answer == "yes",
            wrong=wrong,
            note=note,
            now=moment,
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        asked = await _question(request, wanted)
        return _page(request, asked, error=error, wrong=wrong, note=note)
    # Going back does not send the form again.
    return RedirectResponse(f"/me/claims/{wanted}", 303)


@router.get("/public-notices")
@public
async def notices_page(request: Request) -> Response:
    """The claims on public notice, for anybody."""
    moment = now()
    found = await run_unit(board.notices, login_token(request), moment, now=moment)
    return page(
        request, "public_notices", items=found, money=texts.money, kind_name=texts.kind_name
    )


async def _question(request: Request, line_id: UUID) -> Question:
    moment = now()
    return await run_unit(
        answers.question, login_token(request), moment, line_id=line_id, now=moment
    )


def _page(
    request: Request,
    asked: Question,
    *,
    error: PortalError | None = None,
    wrong: str = "",
    note: str = "",
) -> Response:
    # The moment at which the answer is due is the midnight after the last day.
    last = times.day_of(asked.answer_by - timedelta(seconds=1)) if asked.answer_by else None
    return page(
        request,
        "claim_question" if asked.can_answer else "claim_answered",
        error=error,
        item=asked,
        reasons=WRONG,
        wrong=wrong,
        note=note,
        sentence=sentence_for(error) if error else "",
        money=texts.money(asked.amount_fen),
        last_day=times.day_text(last) if last else "",
        kind_name=texts.kind_name(asked.kind),
        progress=answers.progress(asked),
        is_void=answers.is_void(asked),
    )

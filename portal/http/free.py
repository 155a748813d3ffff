"""``/free``: could I go free? Four questions on one page, answered on the same page.

The answers travel in the body of a POST only, so that no address, log or history holds them, and
nobody is asked to log in: the service never learns who asks.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from portal.domain.errors import BadInput
from portal.http.context import now
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services.free_check import could_i_go_free
from portal.services.free_form import free_form, question_from
from portal.services.unit import public, run_unit

router = APIRouter(include_in_schema=False)

# A form of ours has fewer boxes; whoever sends more is read no further.
_MOST_BOXES = 60


@router.get("/free")
@public
async def questions(request: Request) -> Response:
    """The four questions."""
    return await _page(request)


@router.post("/free")
@public
async def answers(
    request: Request,
    region: Annotated[str, Form()] = "",
    group: Annotated[list[str] | None, Form()] = None,
    pension: Annotated[str, Form()] = "",
    had: Annotated[list[str] | None, Form()] = None,
    want: Annotated[str, Form()] = "",
) -> Response:
    """The answer above the questions, which can be changed and asked again."""
    groups, taken = (group or [])[:_MOST_BOXES], (had or [])[:_MOST_BOXES]
    chosen = {
        "region": region,
        "groups": [code for code in groups if code != "none"],
        "none": "none" in groups,
        "pension": pension,
        "had": taken,
        "want": want,
    }
    try:
        question = question_from(
            region=region,
            groups=[code for code in groups if code != "none"],
            pension=pension,
            had=taken,
            training_type=want,
        )
    except BadInput as error:
        return await _page(request, chosen, error=error)
    moment = now()
    answer = await run_unit(could_i_go_free, None, moment, question=question, now=moment)
    return await _page(request, chosen, answer=answer)


async def _page(
    request: Request,
    chosen: dict[str, Any] | None = None,
    *,
    answer: object = None,
    error: BadInput | None = None,
) -> Response:
    moment = now()
    form = await run_unit(free_form, None, moment, now=moment)
    blank = {"region": "", "groups": [], "none": False, "pension": "", "had": [], "want": ""}
    return page(
        request,
        "free",
        error=error,
        form=form,
        chosen=chosen or blank,
        answer=answer,
        problem=sentence_for(error) if error else "",
    )

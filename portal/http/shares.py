"""Share links: where their owner makes them, and where others open them."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile

from portal.domain.errors import BadInput, PortalError, TooManyAttempts
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import device_label, login_token, now, source_key
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import share_form, share_views, shares, verify_throttle
from portal.services.share_check import FORMAT
from portal.services.share_fields import DAYS, FIELDS, USUAL, USUAL_DAYS, Choice, check_choice
from portal.services.share_views import Opened
from portal.services.unit import guarded, public, run_unit

router = APIRouter(include_in_schema=False)

_HOLDER = ("holder.nameMasked", "holder.name", "")
# A link that is over is gone; one that never was is not there.
_STATUS = {"unknown": 404, "expired": 410, "revoked": 410, "closed": 410, "locked": 429}
_MOST_TICKS = 100


@router.get("/me/shares/new")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def form(request: Request, older: int = 0) -> Response:
    """What can be shown, and how."""
    return await _form(request, _Typed(), older)


@router.post("/me/shares/new")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def choose(request: Request) -> Response:
    """First what others would see, then the link."""
    typed = _Typed.of(await request.form())
    if typed.step == "change":
        return await _form(request, typed)
    try:
        choice = typed.choice()
        if typed.step == "make":
            return await _make(request, choice)
        moment = now()
        found = await run_unit(
            shares.preview, login_token(request), moment, choice=choice, now=moment
        )
    except BadInput as error:
        return await _form(request, typed, error=error)
    return page(request, "share_preview", shown=found, typed=typed, now=moment)


@router.get("/me/shares/{link_id}")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def made(request: Request, link_id: str, new: bool = False) -> Response:
    """A live link with its QR code, to copy and to show."""
    wanted, moment, token = parse_id(link_id), now(), login_token(request)
    links = await run_unit(shares.my_links, token, moment, now=moment)
    code = await run_unit(shares.link_qr, token, moment, link_id=wanted, now=moment)
    link = next(one for one in links if one.id == wanted)
    return page(
        request,
        "share_made",
        link=link,
        qr=base64.b64encode(code.encode()).decode(),
        is_new=new,
    )


@router.get("/s/{token}.json")
@public
async def as_json(request: Request, token: str) -> Response:
    """The signed excerpt for programs, where no code is asked."""
    return await _json(request, token, None)


@router.post("/s/{token}.json")
@public
async def as_json_with_code(
    request: Request, token: str, code: Annotated[str, Form()] = ""
) -> Response:
    """The same with the code, which does not belong into an address."""
    return await _json(request, token, code)


@router.get("/s/{token}")
@public
async def opened(request: Request, token: str) -> Response:
    """What somebody chose to show."""
    return await _page(request, token, None)


@router.post("/s/{token}")
@public
async def opened_with_code(
    request: Request, token: str, code: Annotated[str, Form()] = ""
) -> Response:
    """The same, with the code."""
    return await _page(request, token, code)


async def _make(request: Request, choice: Choice) -> Response:
    moment = now()
    link = await run_unit(shares.make, login_token(request), moment, choice=choice, now=moment)
    return RedirectResponse(f"/me/shares/{link.id}?new=1", 303)


async def _form(
    request: Request, typed: "_Typed", older: int = 0, error: BadInput | None = None
) -> Response:
    moment = now()
    found = await run_unit(
        share_form.share_form, login_token(request), moment, page=older, now=moment
    )
    return page(
        request,
        "share_form",
        error=error,
        form=found,
        typed=typed,
        parts=FIELDS,
        holder=_HOLDER,
        days=DAYS,
        field=error.field if error else "",
        problem=sentence_for(error) if error else "",
    )


async def _open(request: Request, token: str, code: str | None) -> Opened:
    moment = now()
    # A purse of its own: whoever verifies a pile of certificates may open links as well.
    source = b"share" + source_key(request)
    if seconds := verify_throttle.allow(source, now=moment):
        raise TooManyAttempts(seconds=seconds)
    return await run_unit(
        share_views.open_link,
        None,
        moment,
        token=token,
        code=code,
        device=device_label(request),
        now=moment,
    )


async def _page(request: Request, token: str, code: str | None) -> Response:
    found = await _open(request, token, code)
    name = "share" if found.page else "share_code" if _asks(found) else "share_gone"
    answer = page(
        request, name, found=found, token=token, code=code or "", now=now(), shown=found.page
    )
    answer.status_code = _STATUS.get(found.outcome, 200)
    return _private(answer)


async def _json(request: Request, token: str, code: str | None) -> Response:
    found = await _open(request, token, code)
    if found.page is None:
        status = 403 if _asks(found) else _STATUS[found.outcome]
        return _private(JSONResponse({"code": found.outcome}, status_code=status))
    states = [_state(one.state) for one in found.page.certificates]
    content = {
        "format": FORMAT,
        "presentation": found.presentation,
        "checked_at": now().isoformat(),
        "certificates": states,
    }
    return _private(
        JSONResponse(content, headers={"content-disposition": "attachment; filename=share.json"})
    )


def _asks(found: Opened) -> bool:
    return found.outcome in ("code_asked", "wrong_code")


def _state(found: Any) -> dict[str, Any]:
    since = found.since.isoformat() if found.since else None
    return {"status": found.status, "since": since, "reason": found.reason or None}


def _private(answer: Response) -> Response:
    """Kept by nobody, found by no search engine."""
    answer.headers["cache-control"] = "no-store"
    answer.headers["x-robots-tag"] = "noindex, nofollow, noarchive"
    return answer


class _Typed:
    """The form as it was typed, so that it can be shown again and sent on."""

    def __init__(self) -> None:
        self.step = "preview"
        self.certificates: list[str] = []
        self.classes: list[str] = []
        self.fields: list[str] = sorted(USUAL)
        self.days = str(USUAL_DAYS)
        self.code = self.title = ""

    @classmethod
    def of(cls, sent: FormData) -> "_Typed":
        made = cls()

        def several(name: str) -> list[str]:
            texts = [one for one in sent.getlist(name) if not isinstance(one, UploadFile)]
            return [one[:60] for one in texts[:_MOST_TICKS]]

        def single(name: str) -> str:
            return next(iter(several(name)), "").strip()

        made.step = single("step")
        made.certificates, made.classes = several("certificate"), several("class")
        made.fields = [*several("field"), *filter(None, [single("holder")])]
        made.days, made.code, made.title = single("days"), single("code"), single("title")
        return made

    def choice(self) -> Choice:
        """The checked choice. Raises BadInput."""
        try:
            certificates = [parse_id(one) for one in self.certificates]
            classes = [parse_id(one) for one in self.classes]
        except PortalError:
            raise BadInput("choice", "shares.nothing_chosen") from None
        return check_choice(
            certificates=certificates,
            classes=classes,
            fields=self.fields,
            days=self.days,
            code=self.code,
            title=self.title,
        )

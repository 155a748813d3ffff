"""Server-rendered pages: one template folder, styles inline, no script needed."""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from portal.domain.errors import PortalError, TooManyAttempts
from portal.locale import t
from portal.services import times
from portal.settings import ROOT

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache
def inline_style() -> str:
    """Tokens and the few classes of the plain pages, as one style element's text."""
    tokens = (ROOT / "assets" / "tokens.css").read_text("utf-8")
    text = tokens + (TEMPLATES / "plain.css").read_text("utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


@lru_cache
def plain_policy() -> str:
    """The Content-Security-Policy of plain pages: own style by hash, own scripts by file."""
    digest = base64.b64encode(hashlib.sha256(inline_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'self' 'sha256-{digest}'; script-src 'self';"
        " img-src 'self' data:; connect-src 'self'; form-action 'self';"
        # The scanner's worker starts from a blob of its own script; the service worker is a file.
        " worker-src 'self' blob:;"
        " frame-ancestors 'none'; base-uri 'none';"
        " manifest-src 'self'"
    )


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # no look at the files' dates with every page
    )
    made.globals["t"] = t
    made.filters.update(
        clock=times.clock_text,
        moment=times.moment_text,
        span=times.span_text,
        date=lambda day: t("time.date", year=day.year, month=day.month, day=day.day),
    )
    made.globals["style"] = Markup(inline_style())  # noqa: S704 - our own file
    return made


def page(
    request: Request, template: str, /, *, error: PortalError | None = None, **values: Any
) -> HTMLResponse:
    """Render a template; never stored by caches, since it may speak to one person.

    An ``error`` that the page tells about gives the answer its status and headers.
    """
    values.setdefault("elder", request.cookies.get("elder") == "1")
    html = _environment().get_template(f"{template}.html").render(**values)
    return HTMLResponse(
        html,
        status_code=error.status if error else 200,
        headers={
            "content-security-policy": plain_policy(),
            "cache-control": "no-store",
            **refusal_headers(error),
        },
    )


def refusal_headers(error: PortalError | None) -> dict[str, str]:
    """What an error says outside the body: when the next try is welcome."""
    if isinstance(error, TooManyAttempts):
        return {"retry-after": str(error.params.get("seconds", 60))}
    return {}


def fragment(template: str, /, **values: Any) -> str:
    """A template as text, for a place in another page."""
    return _environment().get_template(f"{template}.html").render(**values).strip()

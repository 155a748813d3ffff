"""A shared excerpt that somebody hands in: who signed it, what it shows, does it still count."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.db.models import ShareLink
from portal.documents import sd_jwt, status_list
from portal.documents.signature import SignatureInvalid, UnknownIssuer
from portal.domain.errors import NotFound
from portal.domain.parsing import parse_id
from portal.services import share_states, status_lists
from portal.services.share_shown import Shown, shown
from portal.services.share_states import State, state
from portal.services.shares import VCT

FORMAT = "training-share/1"
_STRICT_TYPES = {"iat": int, "exp": int, "jti": str, "iss": str}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a handed-in excerpt is worth. ``verdict`` is genuine, expired, withdrawn, forged,
    unknown_issuer or malformed; only the first three have ``page`` and ``claims``."""

    verdict: str
    page: Shown | None = None
    issuer_id: str = ""
    signed_at: datetime | None = None
    claims: Mapping[str, Any] | None = None


def is_presentation(text: str) -> bool:
    """Whether a text is meant to be an excerpt, genuine or not."""
    return bool(_presentation(text))


def check_presentation(
    text: str, jwks: Sequence[Mapping[str, Any]], *, now: datetime, issuer_name: str = ""
) -> Excerpt:
    """Check an excerpt by published keys alone; ``text`` is our JSON file or a bare SD-JWT.

    How its certificates stand now it cannot tell: see ``with_states``.
    """
    presentation = _presentation(text)
    if not presentation:
        return Excerpt("malformed")
    try:
        kid = sd_jwt.kid_of(presentation)
        claims = sd_jwt.verify(presentation, jwks)
    except UnknownIssuer:
        return Excerpt("unknown_issuer")
    except SignatureInvalid:
        return Excerpt("forged")
    if claims.get("vct") != VCT or not _framed(claims):
        return Excerpt("malformed")
    signers = {str(one["iss"]) for one in jwks if one.get("kid") == kid and one.get("iss")}
    if signers and claims["iss"] not in signers:
        # A key that is published speaks for its own issuer only.
        return Excerpt("forged")
    until = datetime.fromtimestamp(claims["exp"], UTC)
    return Excerpt(
        "genuine" if now < until else "expired",
        shown(claims, issuer=issuer_name or claims["iss"], until=until),
        claims["iss"],
        datetime.fromtimestamp(claims["iat"], UTC),
        claims,
    )


def with_states(session: Session, found: Excerpt, *, now: datetime) -> Excerpt:
    """The excerpt with what our register knows: did its owner take it back, and how do its
    certificates stand. For excerpts that this portal signed."""
    if found.page is None or found.claims is None:
        return found
    # As many as the page shows: where it shows none, there is no list.
    shown_ones = zip(found.page.certificates, found.claims.get("certificates", ()), strict=False)
    certificates = tuple(
        replace(one, state=_state(session, claims, now)) for one, claims in shown_ones
    )
    withdrawn = found.verdict == "genuine" and _withdrawn(session, found.claims["jti"])
    return replace(
        found,
        verdict="withdrawn" if withdrawn else found.verdict,
        page=replace(found.page, certificates=certificates),
    )


def _presentation(text: str) -> str:
    """The SD-JWT in a text; empty when there is none."""
    bare = text.strip()
    if bare.startswith("{"):
        try:
            content = json.loads(bare)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            return ""
        held = content.get("presentation")
        return held if isinstance(held, str) else ""
    return bare if bare.endswith(sd_jwt.SEPARATOR) and bare.count(".") == 2 else ""


def _framed(claims: Mapping[str, Any]) -> bool:
    """Whether what frames an excerpt is there and of its kind."""
    try:
        whole = all(type(claims[name]) is kind for name, kind in _STRICT_TYPES.items())
        return whole and bool(datetime.fromtimestamp(max(claims["exp"], claims["iat"]), UTC))
    except (KeyError, ValueError, OverflowError, OSError):
        return False


def _state(session: Session, certificate: Any, now: datetime) -> State:
    try:
        place = status_list.entry_of(certificate)
    except (status_list.BadStatusList, AttributeError):
        return state("unknown")
    if place is None:
        return state("unknown")
    url, index = place
    number = url.removeprefix(status_lists.list_url(0)[:-1])
    if number == url or not (number.isascii() and number.isdigit() and len(number) < 9):
        return state("unknown")
    return share_states.by_place(session, int(number), index, now=now)


def _withdrawn(session: Session, jti: str) -> bool:
    try:
        link = session.get(ShareLink, parse_id(jti.removeprefix("urn:uuid:")))
    except NotFound:
        return False
    return link is not None and link.revoked_at is not None

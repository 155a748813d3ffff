"""Whom a verifier trusts: issuers' published keys and status lists, ours or saved ones."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.models import StatusList, TrustedPortal
from portal.domain.permissions import ANONYMOUS, Actor
from portal.services import issuers, status_lists

Jwk: TypeAlias = Mapping[str, Any]

# A page names each issuer and each key that it ever had; a big portal has some thousands.
LARGEST_PAGE = 16 * 1024 * 1024
_TEXTS = ("kid", "kty", "crv", "x")


@dataclass(frozen=True)
class Trust:
    """Keys (JWKs), what they speak for, and signed status lists as they were saved.

    ``names`` are issuers by id, ``speakers`` the issuers that sign for a whole portal (its status
    lists, its papers). Of a key that several pages name each page tells for its own issuers:
    nobody can take another's away by naming it. ``saved_at`` is when the oldest of the pages was
    made, None when a page does not say so or is our own and of now.
    """

    keys: tuple[Jwk, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    speakers: frozenset[str] = frozenset()
    lists: tuple[str, ...] = ()
    saved_at: datetime | None = None

    def key(self, kid: str, iss: object = None) -> Jwk:
        """The published key with this id, that of the issuer ``iss`` before any other; an empty
        one when there is none."""
        named = [one for one in self.keys if one.get("kid") == kid]
        return next((one for one in named if one.get("iss") == iss), named[0] if named else {})

    def speaker(self, kid: str, signer: Jwk) -> Jwk:
        """The key with this id if it may speak about what ``signer`` signed (its issuer's own, or
        the portal's that published it); else an empty one."""
        own = self.key(kid, signer.get("iss"))
        if own and own.get("iss") == signer.get("iss"):
            return own
        home = portal_of(signer)
        portals = {one for one in self.speakers if portal_of({"iss": one}) == home}
        named = (one for one in self.keys if one.get("kid") == kid)
        return next((one for one in named if one.get("iss") in portals), {})

    def publishes(self, signer: Jwk) -> bool:
        """Whether the portal of ``signer`` says of itself that it publishes status lists."""
        home = portal_of(signer)
        return any(portal_of({"iss": one}) == home for one in self.speakers)

    def with_lists(self, tokens: Iterable[str]) -> "Trust":
        """The same with more status lists, which nobody has checked yet."""
        return replace(self, lists=(*self.lists, *tokens))


def portal_of(key: Jwk) -> str:
    """The page that published a key: the address of its issuer without what comes after #."""
    return str(key.get("iss", "")).partition("#")[0]


def ours(session: Session, *, now: datetime) -> Trust:
    """This portal's own issuers; the register knows more than our status lists would say."""
    found = from_page(issuers.published(session, ANONYMOUS, now=now))
    return replace(found, saved_at=None) if found else Trust()


def portal_keys(whom: Trust) -> list[Jwk]:
    """The keys that speak for a whole portal, without those that were compromised."""
    return [one for one in whom.keys if one.get("iss") in whom.speakers and "revoked" not in one]


def own_lists(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Every status list of this portal as it is signed now."""
    numbers = session.scalars(select(StatusList.no).order_by(StatusList.no)).all()
    return tuple(
        status_lists.signed_list(session, ANONYMOUS, no=number, now=now) for number in numbers
    )


# Everything that ``everybody`` reads, as one short text: it changes whenever any of it does.
_VERSION = text("""
    SELECT md5(concat(
           (SELECT string_agg(md5(concat_ws('|', k.kid, k.public_x, k.issuer_id, k.active_from,
                                            k.retired_at, k.compromised_at)), '' ORDER BY k.kid)
              FROM issuer_key k), '/',
           (SELECT string_agg(concat_ws('|', i.id, i.kind, i.name), '' ORDER BY i.id)
              FROM issuer i), '/',
           (SELECT string_agg(md5(concat_ws('|', p.url, p.page, p.status_lists)), ''
                              ORDER BY p.id)
              FROM trusted_portal p WHERE p.withdrawn_at IS NULL)))
""")
_latest: dict[tuple[str, str], Trust] = {}


def everybody(session: Session, *, now: datetime) -> Trust:
    """This portal's issuers and those of every portal that the authority trusts.

    Anybody may send file after file: of thousands of keys the latest answer is kept, as long as
    none of them has changed.
    """
    version = issuers.portal_url(), str(session.scalar(_VERSION))
    known = _latest.get(version)
    if known is None:
        known = _everybody(session, now)
        _latest.clear()
        _latest[version] = known
    return known


def _everybody(session: Session, now: datetime) -> Trust:
    found = [ours(session, now=now)]
    rows = session.scalars(select(TrustedPortal).where(TrustedPortal.withdrawn_at.is_(None)))
    for row in rows:
        page = from_page(row.page)
        if page is not None and portal_of({"iss": str(row.page.get("id", ""))}):
            # A page speaks for its own issuers only, or one portal could sign for another.
            home = str(row.page["id"]).partition("#")[0]
            keys = tuple(key for key in page.keys if portal_of(key) == home)
            names = {
                one: name for one, name in page.names.items() if portal_of({"iss": one}) == home
            }
            tokens = (_token(one) for one in row.status_lists.values())
            speakers = frozenset(one for one in page.speakers if portal_of({"iss": one}) == home)
            page = replace(page, keys=keys, names=names, speakers=speakers)
            page = page.with_lists(token for token in tokens if token)
            found.append(replace(page, saved_at=None))
    return joined(found)


def trusted_urls(session: Session, actor: Actor) -> dict[str, str]:
    """Names of the portals that the authority trusts, by their address."""
    rows = session.execute(
        select(TrustedPortal.url, TrustedPortal.name).where(TrustedPortal.withdrawn_at.is_(None))
    )
    return {row.url: row.name for row in rows}


def joined(pages: Sequence[Trust]) -> Trust:
    """Several as one; of two keys by one name the first counts, and so does who has it first."""
    keys: dict[tuple[str, str], Jwk] = {}
    known: dict[str, str] = {}
    for page in pages:
        for key in page.keys:
            kid, iss = str(key["kid"]), str(key.get("iss"))
            if known.setdefault(kid, key["x"]) == key["x"]:
                keys.setdefault((kid, iss), key)
    moments = [page.saved_at for page in pages if page.saved_at is not None]
    return Trust(
        keys=tuple(keys.values()),
        names={name: word for page in reversed(pages) for name, word in page.names.items()},
        speakers=frozenset[str]().union(*(page.speakers for page in pages)),
        lists=tuple(token for page in pages for token in page.lists),
        saved_at=min(moments, default=None),
    )


def read_pages(content: bytes) -> Trust | None:
    """Saved issuer pages (one, or several in a list); None for anything else."""
    if len(content) > LARGEST_PAGE:
        return None
    try:
        inside = json.loads(content)
    except (ValueError, RecursionError):
        return None
    pages = [from_page(page) for page in (inside if isinstance(inside, list) else [inside])]
    found = [page for page in pages if page is not None]
    return joined(found) if found and len(found) == len(pages) else None


def from_page(page: object) -> Trust | None:
    """What an issuer page says (``issuers.published``), or a bare JWK set; None for neither."""
    keys = page.get("keys") if isinstance(page, dict) else None
    if not isinstance(page, dict) or not isinstance(keys, list) or not all(map(_is_key, keys)):
        return None
    named = page.get("issuers")
    listed = [one for one in named if isinstance(one, dict)] if isinstance(named, list) else []
    portals = {str(one.get("id")) for one in listed if one.get("kind") == "portal"}
    return Trust(
        keys=tuple(map(_normal, keys)),
        names={str(one.get("id")): str(one.get("name", ""))[:200] for one in listed},
        speakers=frozenset(portals & {str(key.get("iss")) for key in keys}),
        saved_at=moment(page.get("generated_at")),
    )


def moment(raw: object) -> datetime | None:
    """A moment as credentials spell it (ISO 8601 with its zone); None for anything else."""
    if not isinstance(raw, str):
        return None
    try:
        found = datetime.fromisoformat(raw)
        found.timestamp()  # years that no calendar here can reach
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else None


def _is_key(key: object) -> bool:
    if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in _TEXTS):
        return False
    times = (key.get(name, 0) for name in ("nbf", "exp"))
    return all(type(one) is int for one in times)


def _normal(key: Jwk) -> Jwk:
    """A key as its page published it, or as our list of trusted portals keeps it: one that
    vanished from its page counts no more than a compromised one."""
    lost = "revoked_at" in key or key.get("dropped")
    return {**key, "revoked": key.get("revoked", {})} if lost else key


def _token(saved: object) -> str | None:
    """A saved list, alone or with what is known of it."""
    if isinstance(saved, dict):
        saved = saved.get("jws")
    return saved if isinstance(saved, str) else None

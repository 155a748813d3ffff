"""``portal verify`` and ``portal trust``: certificates checked here, or far from any network."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.exc import OperationalError, ProgrammingError

from portal.cli_parts import console, errors, fail, now, plain_problems
from portal.db.engine import in_transaction
from portal.documents import file_contents, signature
from portal.domain.certificate_number import compact, is_national, parse_certificate_number
from portal.domain.errors import BadInput
from portal.domain.permissions import ANONYMOUS
from portal.locale import t
from portal.services import (
    file_register,
    file_verdict,
    file_verification,
    issuers,
    trust,
    trust_files,
    verification,
)
from portal.services.file_verdict import FileVerdict
from portal.services.times import day_of, day_text
from portal.services.trust import Trust
from portal.settings import get_settings

# Exit codes of ``portal verify`` (design/contract.md).
NOT_VALID, UNREADABLE = 1, 2
# What was saved longer ago than this is worth fetching anew.
OLD = timedelta(days=7)
_MOST_LISTS = 1000
_PATIENCE = 20
_LONGEST_NAME = 100

T = TypeVar("T")
Fetch = Callable[[str, int], bytes | None]


def verify(
    what: Annotated[str, typer.Argument(help="certificate number, or PNG, PDF or JSON file")],
    offline: Annotated[
        bool, typer.Option("--offline", help="by saved keys and lists, without the register")
    ] = False,
    saved: Annotated[
        Path | None, typer.Option("--issuers", help="saved issuer page, or the folder it is in")
    ] = None,
    status: Annotated[
        list[Path] | None, typer.Option("--status", help="saved status list, or a folder of them")
    ] = None,
) -> None:
    """Say whether a certificate is valid: exit 0 valid, 1 not valid, 2 unreadable."""
    path = Path(what)
    if path.is_file():
        _verify_file(path, saved, status or [], offline=offline)
    elif offline:
        raise fail(t("cli.verify.number_offline"), UNREADABLE)
    else:
        _verify_number(what)


def _verify_number(number: str) -> None:
    try:
        if not is_national(compact(number)):
            parse_certificate_number(number)
    except BadInput:
        raise fail(t("cli.verify.unreadable"), UNREADABLE) from None
    with plain_problems():
        moment = now()
        found = in_transaction(
            lambda session: verification.verify_number(
                session, ANONYMOUS, number=number, now=moment
            )
        )
    console.print(f"{found.status_label}  {found.sentence}", highlight=False)
    for value in (found.number, found.holder_masked, found.title, found.institution):
        if value:
            console.print(value, highlight=False, markup=False)
    if found.status != "valid":
        raise typer.Exit(NOT_VALID)


def _verify_file(path: Path, saved: Path | None, status: list[Path], *, offline: bool) -> None:
    moment = now()
    content = _read(path)
    if offline:
        found = _offline(content, saved, status, moment)
    else:
        page = _page(saved) if saved else None
        with plain_problems():
            found = in_transaction(
                lambda session: file_register.verify_file(
                    session, ANONYMOUS, content=content, now=moment, page=page
                )
            )
    _print(found)
    if not found.accepted:
        unreadable = found.outcome in file_verdict.UNREADABLE
        raise typer.Exit(UNREADABLE if unreadable else NOT_VALID)


def _read(path: Path) -> bytes:
    """One byte more than is allowed is enough to say that it is too much."""
    try:
        with path.open("rb") as file:
            return file.read(file_contents.LARGEST + 1)
    except OSError:
        raise fail(t("cli.verify.unreadable"), UNREADABLE) from None


def _offline(
    content: bytes, saved: Path | None, status: list[Path], moment: datetime
) -> FileVerdict:
    """By what was saved; for what was not, by this installation's own keys and lists."""
    default = get_settings().data_dir / "trust"
    if saved is None and (default / trust_files.PAGE).is_file():
        saved = default
    home = saved.parent if saved and not saved.is_dir() else saved
    files = trust_files.status_files(status or ([home] if home else []))
    tokens = [_list(file) for file in files]
    whom = _page(saved) if saved else _own(trust.ours, moment)
    if not tokens and (saved is None or _has_register()):
        tokens = list(_own(trust.own_lists, moment))
    folder = files[0].parent if files else None
    seen = trust_files.seen_beside(folder) if folder else {}
    found = file_verification.verify(content, whom.with_lists(tokens), now=moment, seen=seen)
    _tell_ages(whom, found, moment)
    if folder and found.status and found.status.version:
        try:
            trust_files.remember(folder, found.status.url, found.status.version)
        except OSError:
            errors.print(t("cli.verify.not_remembered"), highlight=False)
    return found


def trusted(saved: Path | None, moment: datetime) -> Trust:
    """The keys of a saved page; without one those saved by ``portal trust``, else our own."""
    default = get_settings().data_dir / "trust"
    if saved is None and (default / trust_files.PAGE).is_file():
        saved = default
    if saved is not None:
        return _page(saved)
    return _own(trust.ours, moment) if _has_register() else Trust()


def _page(saved: Path) -> Trust:
    path = saved / trust_files.PAGE if saved.is_dir() else saved
    try:
        content = path.read_bytes() if path.stat().st_size <= trust.LARGEST_PAGE else b""
    except OSError:
        content = b""
    found = trust.read_pages(content)
    if found is None:
        raise fail(t("cli.verify.bad_issuers"), UNREADABLE)
    return found


def _list(path: Path) -> str:
    found = trust_files.read_list(path)
    if found is None:
        raise fail(t("cli.verify.bad_status", name=path.name), UNREADABLE)
    return found


def _has_register() -> bool:
    """Whether there is a database here to ask, without making one."""
    settings = get_settings()
    return bool(settings.database_url) or (settings.data_dir / "postgres").exists()


def _own(ask: Callable[..., T], moment: datetime) -> T:
    with plain_problems():
        return in_transaction(lambda session: ask(session, now=moment))


def _print(found: FileVerdict) -> None:
    out = console if found.accepted else errors
    out.print(f"{found.title}  {found.sentence}", highlight=False, markup=False)
    out.print(found.help, highlight=False, markup=False)
    for one in found.answers:
        word = {True: "yes", False: "no", None: "untold"}[one.ok]
        console.print(f"  {one.label}  {t(f'file_check.{word}')}", highlight=False, markup=False)
    facts = found.facts
    for name in ("number", "holder_masked", "kind", "title", "level", "institution", "issuer"):
        value = getattr(facts, name) if facts else None
        if value:
            label = t(f"file_check.{'holder' if name == 'holder_masked' else name}")
            console.print(f"{label}  {value}", highlight=False, markup=False)


def _tell_ages(whom: Trust, found: FileVerdict, moment: datetime) -> None:
    """How old the saved page and list are: without a network nobody knows what came after."""
    signed_at = found.status.signed_at if found.status else None
    for name, then in (("issuers", whom.saved_at), ("status", signed_at)):
        if then is None:
            continue
        days = max((moment - then).days, 0)
        words = t(f"cli.verify.age_{name}", day=day_text(day_of(then)), days=days)
        console.print(words, highlight=False)
        if moment - then > OLD:
            errors.print(t("cli.verify.old"), style="yellow", highlight=False)


def save_trust(
    folder: Annotated[Path, typer.Argument(help="where to save keys and status lists")],
    source: Annotated[
        str, typer.Option("--from", help="another portal's address; without it this one's own")
    ] = "",
) -> None:
    """Save an issuer page and its status lists, for verifying without a network."""
    moment = now()
    if source:
        page, lists = _fetched(source, fetch)
    else:
        page, lists = _published(moment)
    try:
        saved = trust_files.save(folder, page, lists)
    except ValueError:
        raise fail(t("cli.trust.no_page")) from None
    except OSError as error:
        raise fail(t("cli.trust.no_folder", reason=error.strerror or "")) from None
    words = t("cli.trust.saved", whose=_whose(page, source), keys=saved.keys, lists=saved.lists)
    console.print(words, highlight=False, markup=False)
    if saved.older:
        raise fail(t("cli.trust.older", lists=", ".join(saved.older)))


def _published(moment: datetime) -> tuple[bytes, list[str]]:
    """The page and lists of this installation; no database is made to say that there is none."""
    if not _has_register():
        raise fail(t("cli.trust.no_register"))
    try:
        page = _own(lambda session, now: issuers.published(session, ANONYMOUS, now=now), moment)
        lists = list(_own(trust.own_lists, moment))
    except (OperationalError, ProgrammingError):  # not to be reached, or without tables
        raise fail(t("cli.trust.no_register")) from None
    return trust_files.page_bytes(page), lists


def _whose(page: bytes, source: str) -> str:
    """Name and address of the portal that was saved; the name is what its page says."""
    address = source.rstrip("/") or get_settings().public_url
    inside = json.loads(page)
    name = str(inside.get("name") or "") if isinstance(inside, dict) else ""
    name = "".join(char for char in name if char.isprintable())[:_LONGEST_NAME]
    return t("cli.trust.whose", name=name, address=address) if name else address


def _fetched(source: str, get: Fetch) -> tuple[bytes, list[str]]:
    """The page of a portal and its lists, counted up until there is none."""
    home = source.rstrip("/")
    if urllib.parse.urlsplit(home).scheme != "https":
        raise fail(t("cli.trust.https"))
    page = get(home + issuers.ISSUER_PATH, trust.LARGEST_PAGE)
    if page is None or trust.read_pages(page) is None:
        raise fail(t("cli.trust.no_page"))
    lists = []
    for number in range(_MOST_LISTS):
        found = get(f"{home}/status/{number}", signature.LONGEST)
        if found is None:
            break
        lists.append(found.decode("ascii", "replace").strip())
    return page, lists


def fetch(url: str, most: int) -> bytes | None:
    """What an address answers; None when there is nothing. Ends the command when it fails."""
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310 - https above
            content: bytes = answer.read(most + 1)
            moved = urllib.parse.urlsplit(answer.url).netloc != urllib.parse.urlsplit(url).netloc
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise fail(t("cli.trust.unreachable", url=url)) from None
    except (OSError, ValueError):
        raise fail(t("cli.trust.unreachable", url=url)) from None
    if moved or len(content) > most:
        raise fail(t("cli.trust.unreachable", url=url))
    return content

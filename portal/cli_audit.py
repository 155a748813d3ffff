"""``portal audit-verify``: an export of the audit trail, checked without the database."""

from pathlib import Path
from typing import Annotated

import typer

from portal.cli_parts import console, errors, fail, now
from portal.cli_verify import NOT_VALID, UNREADABLE, trusted
from portal.documents import audit_file
from portal.locale import t
from portal.services import trust


def audit_verify(
    file: Annotated[Path, typer.Argument(help="ZIP that an auditor exported")],
    saved: Annotated[
        Path | None, typer.Option("--issuers", help="saved issuer page, or the folder it is in")
    ] = None,
) -> None:
    """Say whether an export of the audit trail is whole: exit 0 whole, 1 not, 2 unreadable."""
    try:
        too_large = file.stat().st_size > audit_file.LARGEST
        content = b"" if too_large else file.read_bytes()
    except OSError:
        raise fail(t("trail.file.unreadable"), UNREADABLE) from None
    keys = trust.portal_keys(trusted(saved, now()))
    if not keys:
        raise fail(t("trail.file.no_keys"), UNREADABLE)
    found = audit_file.check(content, keys)
    if found.problem:
        code = UNREADABLE if found.problem == "unreadable" else NOT_VALID
        raise fail(t(f"trail.file.{found.problem}", where=found.where), code)
    sentence = "ok_complete" if found.complete else "ok"
    console.print(t(f"trail.file.{sentence}", shown=found.shown, withheld=found.withheld))
    told = dict(found.manifest or {})
    about = t(
        "trail.file.about",
        doc_no=told.get("doc_no"),
        area=told.get("area_name"),
        filter=told.get("filter"),
        at=told.get("exported_at"),
    )
    console.print(about, highlight=False, markup=False)
    if told.get("unclosed"):
        errors.print(t("trail.file.unclosed", count=told["unclosed"]), highlight=False)

"""Catalogues of the other kinds in the demo: some in force, one that replaced another, a draft."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.demo import officers
from portal.demo.cast import REGION
from portal.services.publication import contents, life, versions
from portal.services.publication.forms import SPECIAL_SKILL
from portal.services.times import day_of

_DATA = Path(__file__).parent / "data" / "catalogues.toml"


def ensure(session: Session, *, now: datetime) -> None:
    """Publish them once; somebody's own are left alone."""
    if session.scalar(select(CatalogVersion.id).where(CatalogVersion.kind == SPECIAL_SKILL)):
        return
    told = tomllib.loads(_DATA.read_text("utf-8"))
    officer, _ = officers.ensure(session, now=now)
    for one in told["version"]:
        then = now - timedelta(days=one["days_ago"])
        life.publish_version(
            session,
            officer,
            version_id=_draft(session, one, then).id,
            doc_no=one["doc_no"],
            effective_from=day_of(then),
            now=then,
        )
    for one in told["draft"]:
        _draft(session, one, now)


def _draft(session: Session, told: dict[str, Any], now: datetime) -> CatalogVersion:
    kind = told["kind"]
    return versions.create_draft(
        session,
        kind=kind,
        region_code=REGION,
        entries=[contents.entry_of(kind, row) for row in told["rows"]],
        doc_no=told["doc_no"],
        source_name=told.get("source", ""),
        effective_from=day_of(now),
    )

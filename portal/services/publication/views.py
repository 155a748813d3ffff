"""A version as it is shown."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from portal.db.models import CatalogVersion
from portal.policies import reference
from portal.services.publication.forms import FORMS


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version. ``status`` is draft, scheduled, published, superseded or withdrawn;
    ``number`` is 0 for a draft."""

    id: UUID
    kind: str
    kind_name: str
    region_code: str
    region_name: str
    number: int
    status: str
    doc_no: str
    source_name: str
    row_count: int
    effective_from: date
    effective_to: date | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str


def version_view(row: CatalogVersion) -> VersionView:
    """What everybody may know of a version."""
    form = FORMS.get(row.kind)
    return VersionView(
        id=row.id,
        kind=row.kind,
        kind_name=form.name if form else row.kind,
        region_code=row.region_code,
        region_name=reference.region_name(row.region_code),
        number=row.version_no or 0,
        status=row.status,
        doc_no=row.doc_no,
        source_name=row.source_name,
        row_count=row.row_count,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        published_at=row.published_at,
        withdrawn_at=row.withdrawn_at,
        withdrawal_reason=row.withdrawal_reason,
    )

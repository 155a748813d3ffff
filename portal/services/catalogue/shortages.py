"""Lists of urgent trades (急需紧缺工种目录, reference C9, R13): what stands in one now, or did on
a day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion
from portal.locale import has, t
from portal.policies import reference
from portal.policies.reach import reach_of
from portal.services.publication.forms import SHORTAGE


@dataclass(frozen=True, slots=True)
class Shortage:
    """An occupation on a list that reaches a class; ``reason`` names list and document, ``short``
    the list alone."""

    badge: str
    short: str
    reason: str
    code: str
    region_code: str


Wanted = tuple[str, str]
"""The subject of a class and its region."""


def shortages_of(session: Session, wanted: Collection[Wanted]) -> Mapping[Wanted, Shortage]:
    """What of it is on a list, by the most local list that has it; one query for all."""
    families = {
        subject: reference.codes_of_same_occupation(subject)
        for subject, _ in wanted
        if reference.occupation(subject) is not None
    }
    codes = {code for family in families.values() for code in family}
    if not codes:
        return {}
    rows = session.execute(
        select(CatalogueEntry, CatalogVersion)
        .join(CatalogVersion, CatalogVersion.id == CatalogueEntry.version_id)
        .where(
            CatalogueEntry.subject_code.in_(codes),
            CatalogVersion.kind == SHORTAGE,
            CatalogVersion.status == "published",
        )
        .order_by(CatalogueEntry.position)
    ).tuples()
    listed = [(entry, version) for entry, version in rows]
    found = {}
    for subject, region in wanted:
        near = reach_of(region)
        here = [
            (near.index(version.region_code), entry, version)
            for entry, version in listed
            if entry.subject_code in families.get(subject, ()) and version.region_code in near
        ]
        if here:
            _, entry, version = min(here, key=lambda one: one[0])
            found[subject, region] = _shortage(entry, version)
    return found


def was_listed(
    session: Session, *, occupation_code: str | None, region: str, on: date
) -> bool | None:
    """Whether a list that reached the region on the day names the trade, of whatever edition its
    code is; None where no list was published: then an officer has to know."""
    versions = session.scalars(
        select(CatalogVersion.id).where(
            CatalogVersion.kind == SHORTAGE,
            CatalogVersion.status.in_(("published", "superseded")),
            CatalogVersion.effective_from <= on,
            or_(CatalogVersion.effective_to.is_(None), CatalogVersion.effective_to >= on),
            CatalogVersion.region_code.in_(reach_of(region)),
        )
    ).all()
    if not versions:
        return None
    if occupation_code is None:
        return False
    of_trade = exists().where(
        CatalogueEntry.version_id.in_(versions),
        CatalogueEntry.subject_code.in_(reference.codes_of_same_occupation(occupation_code)),
    )
    return bool(session.scalar(select(of_trade)))


def _shortage(entry: CatalogueEntry, version: CatalogVersion) -> Shortage:
    key, badge = f"catalogue_form.grade.{entry.columns.get('grade')}", t("catalogue.shortage")
    region, grade = reference.region_name(version.region_code), t(key) if has(key) else badge
    doc = version.doc_no or version.source_name
    return Shortage(
        badge=badge,
        short=t("catalogue.shortage_short", region=region, grade=grade),
        reason=t("catalogue.shortage_reason", region=region, grade=grade, doc=doc),
        code=entry.code,
        region_code=version.region_code,
    )

"""The kinds of catalogues as the public finds them, and in which order their entries stand."""

from sqlalchemy import ColumnElement, Select, func, or_, select

from portal.db.models import CatalogueEntry, CatalogVersion
from portal.domain.errors import NotFound
from portal.policies.reach import reach_of
from portal.services import publishing_institutions, publishing_programmes, publishing_standards
from portal.services.publication import forms
from portal.services.scope import region_prefix
from portal.services.supplements import base as supplements

PROGRAMME = publishing_programmes.KIND
SUPPLEMENT = supplements.KIND
STANDARD = publishing_standards.KIND
INSTITUTION = publishing_institutions.KIND
OCCUPATION = "occupation"
# What workers look for first stands first; the national list of occupations is not published here.
KINDS = (
    *(PROGRAMME, SUPPLEMENT, STANDARD, INSTITUTION),
    *(forms.ASSESSMENT_BODY, forms.QUALIFICATION, OCCUPATION, forms.SHORTAGE),
    *(forms.SPECIAL_SKILL, forms.COMPETITION, forms.POLICY_ARTICLE),
)
# Whoever stands in these competes for the same people: nobody may always stand first (R51).
ORGANISATIONS = (INSTITUTION, forms.ASSESSMENT_BODY)


def check(kind: str) -> str:
    """A kind that there is; raises NotFound."""
    if kind not in KINDS:
        raise NotFound
    return kind


def form_of(kind: str) -> forms.Form:
    """The form of a kind's entries; a supplement's are programmes. Raises NotFound."""
    return forms.reading_form(kind)


def versions_of(kind: str) -> tuple[str, ...]:
    """The kinds of versions whose entries are listed: what was added is taught like the base."""
    return (PROGRAMME, SUPPLEMENT) if kind == PROGRAMME else (kind,)


def in_force(*kinds: str) -> Select[CatalogueEntry, CatalogVersion]:
    """The entries in force of these kinds, with their versions."""
    return published(*kinds).where(is_live())


def published(*kinds: str) -> Select[CatalogueEntry, CatalogVersion]:
    """The entries of versions in force, also those that can no more be chosen."""
    return (
        select(CatalogueEntry, CatalogVersion)
        .join(CatalogVersion, CatalogVersion.id == CatalogueEntry.version_id)
        .where(CatalogVersion.kind.in_(kinds), CatalogVersion.status == "published")
    )


def is_readable() -> ColumnElement[bool]:
    """What is live, and what was: whoever comes by an old address reads what holds now."""
    return or_(is_live(), CatalogueEntry.columns["filing"].astext.in_(("covered", "ended")))


def is_live() -> ColumnElement[bool]:
    """A trade that waits for its filing or was rejected is not live (R52), nor is what was ended,
    or stands in the catalogue above by now."""
    filing = CatalogueEntry.columns["filing"].astext
    return or_(filing.is_(None), filing == "accepted")


def concerns(region: str) -> ColumnElement[bool]:
    """What applies in a region or to a part of it: its own, from above, and from below."""
    prefix = region_prefix(region)
    of_version = or_(
        CatalogVersion.region_code.in_(reach_of(region)),
        CatalogVersion.region_code.startswith(prefix, autoescape=True),
    )
    of_entry = or_(
        CatalogueEntry.region_code.is_(None),
        CatalogueEntry.region_code.in_(reach_of(region)),
        CatalogueEntry.region_code.startswith(prefix, autoescape=True),
    )
    return of_version & of_entry


def slug_of() -> ColumnElement[str]:
    """The name of an entry in an address, as ``lists.slug`` makes it of a code."""
    digest = func.encode(func.sha256(func.convert_to(CatalogueEntry.code, "UTF8")), "hex")
    return func.left(digest, SLUG)


SLUG = 16

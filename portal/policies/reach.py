"""Which policy documents reach a region, and which of them is the most local."""

from portal.policies import reference
from portal.policies.models import Document


def reach_of(region_code: str) -> tuple[str, ...]:
    """Codes whose documents reach this region, the nearest first; an old code reaches its heir."""
    codes = tuple(reversed(reference.ancestors(region_code)))
    region = reference.region(region_code)
    if region and region.successor_code:
        codes = (region_code, *reversed(reference.ancestors(region.successor_code)))
    return (*codes, reference.NATIONAL)


def distance(document: Document, region_code: str) -> int | None:
    """How far above a region a document stands, 0 for its own; None when it does not reach it."""
    reach = reach_of(region_code)
    # A national document with a named scope does not reach the rest of the country.
    if document.scope_regions and not set(document.scope_regions) & set(reach):
        return None
    if document.scope_regions and document.region_code not in reach:
        return len(reach)
    return reach.index(document.region_code) if document.region_code in reach else None

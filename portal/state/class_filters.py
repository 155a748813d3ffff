"""The filters of ``/classes`` as they stand in its address, and as chips above the list.

The address holds them all, so that back, reload and a shared link keep them. What it says is a
client's claim: cut to length here, judged by the service.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from portal.domain.levels import SkillLevel
from portal.locale import t
from portal.policies import reference
from portal.services.catalogue import ClassQuery
from portal.state.pager import page_number

SIZE = 20
PATH = "/classes"
_LENGTHS = {
    "q": 40,
    "has_seats": 1,
    "region": 6,
    "occupation": 40,
    "level": 1,
    "group": 40,
    "starts_within_days": 3,
    "institution_id": 36,
    "page": 6,
}
MORE = ("level", "group", "starts_within_days")

Params = dict[str, str]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter above the list: with ``href`` a switch, else a button that opens ``kind``."""

    kind: str
    label: str
    active: bool
    href: str


def clean(raw: Mapping[str, object]) -> Params:
    """What an address asks for: known keys with text of a sane length."""
    found: Params = {}
    for key, longest in _LENGTHS.items():
        value = raw.get(key)
        if isinstance(value, str) and (text := value.strip()):
            found[key] = text[:longest]
    return found


def href(params: Params, **changes: str) -> str:
    """The address with some filters changed (empty takes one away); back on the first page."""
    wanted = {key: value for key, value in params.items() if key != "page"} | changes
    ordered = [(key, wanted[key]) for key in _LENGTHS if wanted.get(key)]
    return f"{PATH}?{urlencode(ordered)}" if ordered else PATH


def address(params: Params) -> str:
    """The one address of what ``params`` ask for: the first page goes without its number."""
    return page_address(params, page_number(params.get("page")))


def page_address(params: Params, number: int) -> str:
    """The address of another page of the same list."""
    return href(params, page=str(number) if number > 1 else "")


def need_address(params: Params) -> str:
    """Where to say what one would like to learn, filled in by the search."""
    asked = [(key, params[key]) for key in ("occupation", "region") if params.get(key)]
    return f"/needs/new?{urlencode(asked)}" if asked else "/needs/new"


def to_query(params: Params) -> ClassQuery:
    """The question to the service."""
    return ClassQuery(
        q=params.get("q", ""),
        region=params.get("region", ""),
        occupation=params.get("occupation", ""),
        level=params.get("level"),
        group=params.get("group", ""),
        has_seats=params.get("has_seats") == "1",
        starts_within_days=params.get("starts_within_days"),
        institution_id=params.get("institution_id"),
        page=page_number(params.get("page")),
        size=SIZE,
    )


def is_filtered(params: Params) -> bool:
    """Whether anything narrows the list."""
    return bool(params.keys() - {"page"})


def chips(params: Params) -> list[Chip]:
    """The row above the list, with what is chosen as its own label."""
    seats = params.get("has_seats") == "1"
    switched = href(params, has_seats="" if seats else "1")
    row = [
        Chip("seats", t("public.classes.seats"), seats, switched),
        _opener("region", params),
        _opener("occupation", params),
        _more(params),
    ]
    if params.get("institution_id"):
        without = href(params, institution_id="")
        row.append(Chip("institution", t("public.classes.institution"), True, without))
    return row


def _opener(kind: str, params: Params) -> Chip:
    chosen = label_of(kind, params.get(kind, ""))
    return Chip(kind, chosen or t(f"public.classes.{kind}"), bool(chosen), "")


def _more(params: Params) -> Chip:
    chosen = [label for kind in MORE if (label := label_of(kind, params.get(kind, "")))]
    label = chosen[0] if len(chosen) == 1 else t("public.classes.more")
    if len(chosen) > 1:
        label = f"{label} {len(chosen)}"
    return Chip("more", label, bool(chosen), "")


def label_of(kind: str, value: str) -> str:
    """What a filter's value is called; empty for a value that nothing is called by."""
    if not value:
        return ""
    match kind:
        case "region":
            found = reference.region(value)
            return found.name if found else ""
        case "occupation":
            subject = reference.occupation(value) or reference.topic(value)
            return subject.name if subject else ""
        case "level":
            known = value in {str(int(level)) for level in SkillLevel}
            return SkillLevel(int(value)).printed_name if known else ""
        case "group":
            group = reference.group(value)
            return group.name if group and group.sensitive != "very" else ""
        case "starts_within_days":
            return t("catalogue.within_days", days=value) if value.isdigit() else ""
    return ""

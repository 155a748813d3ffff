"""The sheets of options behind the chips of ``/classes``: only what finds something."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.locale import t
from portal.services.catalogue import Choice, Facets, RegionNode
from portal.state.class_filters import MORE, Params, href

_DAYS = ("7", "14", "30", "90")


@dataclass(frozen=True, slots=True)
class Option:
    """A row of a sheet: ``href`` applies it; with ``inside`` it opens that part of ``kind``,
    ``up`` when that is the way back."""

    label: str
    note: str
    href: str
    chosen: bool
    kind: str = ""
    inside: str = ""
    up: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Options under a heading, which may be empty."""

    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is open over the list; no title means nothing is."""

    title: str = ""
    sections: tuple[Section, ...] = ()


NO_SHEET = Sheet()


def sheet_of(kind: str, inside: str, params: Params, facets: Facets) -> Sheet:
    """The options of a filter; of a region those within ``inside``. None for an unknown kind."""
    if kind == "region":
        return Sheet(t("public.classes.region"), _regions(inside, params, facets))
    if kind == "occupation":
        return Sheet(
            t("public.classes.occupation"), (_choices("occupation", params, facets.occupations),)
        )
    if kind == "more":
        soon = tuple(Choice(days, t("catalogue.within_days", days=days), 0) for days in _DAYS)
        by_kind = {"level": facets.levels, "group": facets.groups, "starts_within_days": soon}
        sections = (_choices(more, params, by_kind[more], titled=True) for more in MORE)
        return Sheet(t("public.classes.more"), tuple(sections))
    return NO_SHEET


def _choices(
    kind: str, params: Params, choices: Iterable[Choice], *, titled: bool = False
) -> Section:
    now = params.get(kind, "")
    any_one = Option(t("public.classes.any"), "", href(params, **{kind: ""}), not now)
    options = tuple(
        Option(each.name, _count(each.count), href(params, **{kind: each.code}), each.code == now)
        for each in choices
    )
    return Section(t(f"public.classes.{kind}") if titled else "", (any_one, *options))


def _regions(inside: str, params: Params, facets: Facets) -> tuple[Section, ...]:
    """The way down to ``inside`` with one step back, then what lies in it."""
    path = _path(inside, facets.regions)
    now = params.get("region", "")
    here = path[-1] if path else None
    name = here.name if here else t("public.classes.whole")
    whole = Option(
        t("public.classes.all_of", name=name),
        _count(here.count if here else facets.total),
        href(params, region=here.code if here else ""),
        now == (here.code if here else ""),
    )
    back: tuple[Option, ...] = ()
    if here:
        above = path[-2] if len(path) > 1 else None
        label = t("public.classes.up", name=above.name if above else t("public.classes.whole"))
        back = (Option(label, "", "", False, "region", above.code if above else TOP, True),)
    nodes = here.children if here else facets.regions
    return (Section("", (*back, whole, *(_region(node, params) for node in nodes))),)


# What the sheet of the whole country is asked for by; an empty one would look like a leaf.
TOP = "top"


def _region(node: RegionNode, params: Params) -> Option:
    chosen = params.get("region") == node.code
    if node.children:
        return Option(node.name, _count(node.count), "", chosen, "region", node.code)
    return Option(node.name, _count(node.count), href(params, region=node.code), chosen)


def _path(code: str, nodes: tuple[RegionNode, ...]) -> tuple[RegionNode, ...]:
    for node in nodes:
        if node.code == code:
            return (node,)
        below = _path(code, node.children)
        if below:
            return (node, *below)
    return ()


def _count(count: int) -> str:
    return t("public.classes.count", count=count) if count else ""

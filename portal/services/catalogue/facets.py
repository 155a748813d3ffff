"""What there is to choose from now: filters with counts, and one-tap choices for newcomers."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies import reference
from portal.services import times
from portal.services.catalogue.cards import level_name, short_region, subject_name
from portal.services.catalogue.query import parse_region
from portal.services.catalogue.search import OFFERED, closed_channels
from portal.services.catalogue.views import Choice, Facets, QuickChoice, RegionNode
from portal.services.listing import LISTED_CTE

SOON_DAYS = 14
KEPT = timedelta(seconds=30)
# Below it counting is quick, and a small catalogue is always shown as it is.
_WORTH_KEEPING = 2000
_QUICK_TRADES, _QUICK_REGIONS, _QUICK_GROUPS = 6, 4, 4

_COUNTS = text(
    f"""WITH {LISTED_CTE}, offered AS MATERIALIZED (
    SELECT c.region_code, COALESCE(c.occupation_code, p.topic_code) AS subject, c.level,
           c.group_codes, c.starts_on
      FROM training_class c JOIN training_programme p ON p.id = c.programme_id
     WHERE {OFFERED})
SELECT 'region' AS facet, region_code AS code, count(*) AS n FROM offered GROUP BY region_code
UNION ALL SELECT 'subject', subject, count(*) FROM offered GROUP BY subject
UNION ALL SELECT 'level', CAST(level AS text), count(*) FROM offered
           WHERE level IS NOT NULL GROUP BY level
UNION ALL SELECT 'group', g, count(*) FROM offered, unnest(group_codes) g GROUP BY g
UNION ALL SELECT 'soon', '', count(*) FROM offered WHERE starts_on <= :soon"""  # noqa: S608
)

_kept: dict[int, tuple[datetime, Facets]] = {}


def facets(session: Session, actor: Actor, *, now: datetime) -> Facets:
    """The filters that find something now; of a large catalogue as it was up to 30 s ago."""
    key = hash(session.get_bind())
    at, found = _kept.get(key, (now, None))
    if found is not None and timedelta() <= now - at < KEPT:
        return found
    found = _count(session, now)
    if found.total >= _WORTH_KEEPING:
        _kept[key] = (now, found)
    return found


def quick_choices(
    session: Session, actor: Actor, *, region: str = "", now: datetime
) -> tuple[QuickChoice, ...]:
    """What a newcomer may tap first: trades, groups, places, and classes that start soon.

    The most classes first and codes to break ties, so no institution is preferred. With
    ``region`` every choice stays in it. Raises BadInput for an unknown region.
    """
    found, code = facets(session, actor, now=now), parse_region(region)
    place = {"region": code} if code else {}
    choices = [
        QuickChoice("occupation", choice.name, _query(place, occupation=choice.code), choice.count)
        for choice in found.occupations[:_QUICK_TRADES]
    ]
    choices += [
        QuickChoice("group", choice.name, _query(place, group=choice.code), choice.count)
        for choice in found.groups[:_QUICK_GROUPS]
    ]
    nodes = _nearest(found.regions, code)
    by_count = sorted(nodes, key=lambda node: (-node.count, node.code))
    choices += [
        QuickChoice("region", node.name, _query({}, region=node.code), node.count)
        for node in by_count[:_QUICK_REGIONS]
    ]
    if found.starts_soon:
        label = t("catalogue.within_days", days=SOON_DAYS)
        query = _query(place, starts_within_days=str(SOON_DAYS))
        choices.append(QuickChoice("soon", label, query, found.starts_soon))
    return tuple(choices)


def _query(place: Mapping[str, str], **filters: str) -> str:
    return urlencode({**place, **filters})


def _nearest(nodes: tuple[RegionNode, ...], code: str | None) -> tuple[RegionNode, ...]:
    """The regions to offer: below ``code``, else the towns of the whole country."""
    if code is None:
        return tuple(child for node in nodes for child in (node.children or (node,)))
    for node in nodes:
        if node.code == code:
            return node.children
        if found := _nearest(node.children, code):
            return found
    return ()


def _count(session: Session, now: datetime) -> Facets:
    today = times.day_of(now)
    counted: dict[str, Counter[str]] = {
        facet: Counter() for facet in ("region", "subject", "level", "group", "soon")
    }
    rows = session.execute(
        _COUNTS,
        {
            "now": now,
            "today": today,
            "soon": today + timedelta(days=SOON_DAYS),
            "closed": closed_channels(),
        },
    )
    for row in rows:
        counted[row.facet][row.code] = row.n
    names = {code: group.name for code in counted["group"] if (group := reference.group(code))}
    return Facets(
        total=counted["region"].total(),
        regions=_tree(counted["region"]),
        occupations=_choices(
            counted["subject"], {code: subject_name(code) for code in counted["subject"]}
        ),
        levels=tuple(
            Choice(rank, level_name(int(rank)), count)
            for rank, count in sorted(counted["level"].items())
        ),
        groups=_choices(counted["group"], names),
        starts_soon=counted["soon"].total(),
    )


def _choices(counts: Counter[str], names: Mapping[str, str]) -> tuple[Choice, ...]:
    """Those that have a name, the most classes first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Choice(code, names[code], n) for code, n in ordered if names.get(code))


def _tree(counts: Counter[str]) -> tuple[RegionNode, ...]:
    """Provinces, prefectures, counties; a level that the table lacks is skipped."""
    sums: Counter[str] = Counter()
    below: dict[str, set[str]] = {"": set()}
    for code, n in counts.items():
        parent = ""
        for part in reference.ancestors(code):
            if part != code and reference.region(part) is None:
                continue
            sums[part] += n
            below.setdefault(parent, set()).add(part)
            parent = part
    return _nodes("", sums, below)


def _nodes(
    parent: str, sums: Counter[str], below: Mapping[str, set[str]]
) -> tuple[RegionNode, ...]:
    return tuple(
        RegionNode(code, short_region(code), sums[code], _nodes(code, sums, below))
        for code in sorted(below.get(parent, ()))
    )

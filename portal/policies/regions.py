"""Administrative regions (GB/T 2260), abolished codes included.

A code that this table lacks is not an invalid code: ID cards carry codes of every year.
"""

from dataclasses import dataclass
from functools import cache

from portal.policies.tables import rows

NATIONAL = "000000"
"""Region code of a document that applies to the whole country."""


@dataclass(frozen=True, slots=True)
class Region:
    """A row of GB/T 2260: level 1 province, 2 prefecture, 3 county; years are inclusive."""

    code: str
    name: str
    short_name: str
    level: int
    valid_from: int | None
    valid_to: int | None
    successor_code: str | None
    note: str

    @property
    def current(self) -> bool:
        """Whether the code and name are in use today."""
        return self.valid_to is None


@cache
def _all_regions() -> tuple[Region, ...]:
    return tuple(
        Region(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            level=int(row["level"]),
            valid_from=int(row["valid_from"]) if row["valid_from"] else None,
            valid_to=int(row["valid_to"]) if row["valid_to"] else None,
            successor_code=row["successor_code"] or None,
            note=row["note"],
        )
        for row in rows("regions.csv")
    )


@cache
def _regions() -> dict[str, Region]:
    # Rows are ordered by code and year, so the last name of a reused code wins.
    return {region.code: region for region in _all_regions()}


def regions(*, historic: bool = False) -> tuple[Region, ...]:
    """The regions in use, by code; with ``historic`` also abolished codes and old names."""
    return tuple(region for region in _all_regions() if historic or region.current)


def region(code: str) -> Region | None:
    """The region of a code, abolished ones included, or None."""
    return _regions().get(code)


def region_name(code: str) -> str:
    """The name of a code, or the code itself when the table does not hold it."""
    found = _regions().get(code)
    return found.name if found else code


def ancestors(code: str) -> tuple[str, ...]:
    """The codes above and including a code, widest first: 650000, 650400, 650402."""
    chain = (code[:2] + "0000", code[:4] + "00", code)
    return tuple(dict.fromkeys(chain))


def region_path(code: str) -> list[str]:
    """Names from province down, the province short: ``["新疆", "吐鲁番市", "高昌区"]``.

    Levels that the table does not hold are left out.
    """
    found = (_regions().get(part) for part in ancestors(code))
    return [region.short_name for region in found if region]


def local_name(code: str) -> str:
    """How people of the province call it: ``吐鲁番市高昌区``; of a province its own name."""
    return "".join(region_path(code)[1:]) or region_name(code)


def child_regions(code: str) -> tuple[Region, ...]:
    """The regions in use directly below; of ``000000`` the provinces. For a cascade picker."""
    if code == NATIONAL:
        return tuple(region for region in regions() if region.level == 1)
    parent = _regions().get(code)
    if parent is None or parent.level == 3:
        return ()
    prefix = code[: parent.level * 2]
    wanted = parent.level + 1
    return tuple(r for r in regions() if r.level == wanted and r.code.startswith(prefix))

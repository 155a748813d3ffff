"""How far an officer's region reaches: a code of GB/T 2260 as a prefix."""

from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from portal.db.models import TrainingClass
from portal.domain.errors import Forbidden
from portal.domain.permissions import Actor, Permission
from portal.policies.regions import NATIONAL

# A class that was never opened, or was called off, is no training.
NOT_TRAINING = ("draft", "cancelled")
REAL_CLASS = TrainingClass.status.not_in(NOT_TRAINING)

# Digits that name a province, a prefecture, a county.
_WIDTHS = (2, 4, 6)


def region_prefix(code: str) -> str:
    """What every code in a region begins with: 650400 gives 6504, 650000 gives 65, 000000 "".

    Cut in pairs: the last zero of 131000 is part of its number, and 500000 is a province.
    """
    for width in (0, *_WIDTHS):
        if code[width:] == NATIONAL[width:]:
            return code[:width]
    return code


def group_width(code: str) -> int:
    """How many digits tell the parts of a region apart: 2 for the country, 4 for a province."""
    return min(len(region_prefix(code)) + 2, 6)


def the_area(actor: Actor) -> str:
    """The region that an officer or auditor oversees; raises Forbidden for everybody else."""
    if not actor.may(Permission.READ_AUDIT):
        actor.require(Permission.SUPERVISE)
    if actor.region_code is None:
        raise Forbidden
    return actor.region_code


def in_area(area: str, column: InstrumentedAttribute[str] = TrainingClass.region_code) -> Any:
    """Whether a region code lies in an area."""
    return column.startswith(region_prefix(area), autoescape=True)

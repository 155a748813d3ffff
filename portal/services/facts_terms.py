"""Which facts there are: target groups that a person may state, and the four other kinds.

What belongs to no person is not asked: ``WOMEN_SUITABLE`` marks programmes, ``NO_PENSION`` is the
answer to the question about pensions (reference A3). A group of the closed channel (``very``
sensitive) does not exist in any of these services: it is neither listed, stated nor imported.
"""

from functools import cache

from portal.domain.errors import BadInput
from portal.locale import has, t
from portal.policies import reference
from portal.policies.reference import GroupTerm

KINDS = ("pension", "employment", "education", "origin")
GROUP = "group"

_NOT_OF_PERSONS = frozenset({"WOMEN_SUITABLE", "NO_PENSION"})
_CLOSED = "very"

# In the order in which the page asks; every statable group stands in one section.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "migrant",
        ("MIGRANT", "MIGRANT_NEWGEN", "MIGRANT_RETURN", "MIGRANT_LOSTJOB", "HERDER_TRANSFER"),
    ),
    ("family", ("AIDED_FAMILY", "POOR_LABOUR", "POVERTY_HUNAN", "URBAN_DIBAO", "RESETTLED")),
    ("soldier", ("VETERAN", "VETERAN_PRE")),
    ("seeking", ("UNEMPLOYED", "HARD_EMPLOY", "ZERO_EMPLOY_FAMILY", "STARTUP", "GIG")),
    ("young", ("YOUTH", "GRADUATE", "STUDENT_FINALYEAR", "TWO_AFTER")),
    ("woman", ("WOMAN_RURAL", "WOMAN_LEADER")),
    (
        "farmer",
        ("FARMER_PRODUCER", "FARMER_SKILLED", "FARMER_SERVICE", "NEWTYPE_FARMER", "TOURISM"),
    ),
    (
        "employee",
        (
            *("EMP_NEW", "EMP_ONJOB", "EMP_INSURED", "EMP_PARK", "EMP_SME", "EMP_SHORTAGE"),
            *("EMP_HIGHRISK", "EMP_DISTRESSED", "EMP_APPRENTICE", "IND_WORKER"),
        ),
    ),
    ("other", ("FREE_PROF", "CRAFT", "HUNAN_AID")),
)


@cache
def _statable() -> dict[str, GroupTerm]:
    return {
        term.code: term
        for term in reference.groups()
        if term.sensitive != _CLOSED and term.code not in _NOT_OF_PERSONS
    }


def statable_groups() -> tuple[GroupTerm, ...]:
    """Every group that a person may state or an authority's list may give."""
    return tuple(_statable().values())


def statable(code: object) -> GroupTerm:
    """The group of a code; raises BadInput("group") for whatever cannot be stated."""
    term = _statable().get(code) if isinstance(code, str) else None
    if term is None:
        raise BadInput("group", "facts.no_such_group")
    return term


def open_channel(code: str) -> bool:
    """Whether a stored group may be shown to anybody at all."""
    term = reference.group(code)
    return term is None or term.sensitive != _CLOSED


def is_sensitive(code: str) -> bool:
    """Whether a group tells what only the person and the authority may know."""
    term = reference.group(code)
    return term is not None and term.sensitive != "no"


def name_of(code: str) -> str:
    """What a group is called; the code when no table names it."""
    term = reference.group(code)
    return term.name if term else code


def plain_of(code: str) -> str:
    """Who belongs to a group, in plain words; empty when no table says it."""
    term = reference.group(code)
    return term.plain if term else ""


def paper_of(code: str) -> str:
    """Which paper helps to prove a group."""
    key = f"facts.paper.{code}"
    return t(key) if has(key) else t("facts.paper.other")


def kind_name(kind: str) -> str:
    """What a kind of fact is called."""
    return t(f"facts.kind.{kind}")

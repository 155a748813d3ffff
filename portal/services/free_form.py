"""The four questions of "could I go free?": what there is to choose from, and what was chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from sqlalchemy.orm import Session

from portal.domain.errors import BadInput
from portal.domain.permissions import Actor
from portal.domain.rules.facts import Pension
from portal.locale import t
from portal.locale.rules import bucket_name
from portal.policies import reference
from portal.policies.reference import NATIONAL
from portal.services import facts_terms, rule_book
from portal.services.catalogue.facets import facets
from portal.services.free_check import Question
from portal.services.times import day_of

# More places than this make a page too heavy for a weak link: then provinces only.
_MOST_PLACES = 100
_TYPES = ("JOB_SKILL", "ON_JOB_UP", "STARTUP", "NATIONAL_LANG")
_BUCKETS = ("vocational", "entrepreneurship", "national_language")
# In the order in which people find themselves; "unknown" is an answer as well.
_PENSIONS = ("none", "resident", "employee", "unknown")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose: its value in the form and its words."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Section:
    """Target groups that belong together."""

    label: str
    groups: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class FreeForm:
    """The four questions with their answers to choose from."""

    places: tuple[Choice, ...]
    sections: tuple[Section, ...]
    pensions: tuple[Choice, ...]
    had: tuple[Choice, ...]
    types: tuple[Choice, ...]


def free_form(session: Session, actor: Actor, *, now: datetime) -> FreeForm:
    """What can be answered now: places are those with a policy document or an open class."""
    return FreeForm(
        places=_places(session, actor, now),
        sections=tuple(
            Section(t(f"free.section.{name}"), tuple(_group(code) for code in codes))
            for name, codes in facts_terms.SECTIONS
        ),
        pensions=tuple(Choice(code, t(f"free.pension.{code}")) for code in _PENSIONS),
        had=tuple(Choice(code, bucket_name(code)) for code in _BUCKETS),
        types=tuple(Choice(code, t(f"free.type.{code}")) for code in _TYPES),
    )


def question_from(
    *, region: str, groups: Sequence[str], pension: str, had: Sequence[str], training_type: str
) -> Question:
    """The answers as they came from the form. Raises BadInput for what no form offers.

    Who says nothing about a pension is taken not to know, and about the training to want a trade.
    """
    if region != NATIONAL and reference.region(region) is None:
        raise BadInput("region", "free.choose_place")
    pension = pension or "unknown"
    if pension not in get_args(Pension):
        raise BadInput("pension", "free.choose_again")
    training_type = training_type or _TYPES[0]
    if training_type not in _TYPES or not set(had) <= set(_BUCKETS):
        raise BadInput("type", "free.choose_again")
    return Question(
        region_code=region,
        groups=tuple(facts_terms.statable(code).code for code in dict.fromkeys(groups)),
        pension=cast("Pension", pension),
        had=tuple(dict.fromkeys(had)),
        training_type=training_type,
    )


def _group(code: str) -> Choice:
    return Choice(code, facts_terms.plain_of(code) or facts_terms.name_of(code))


def _places(session: Session, actor: Actor, now: datetime) -> tuple[Choice, ...]:
    """Prefectures, provinces where that is all that is known, and "elsewhere" at the end."""
    codes = set[str]()
    for node in facets(session, actor, now=now).regions:
        codes |= {child.code for child in node.children} or {node.code}
    for pack in rule_book.packs_in_force(session, day_of(now)):
        document = pack.pack.document
        codes |= set(document.scope_regions or (document.region_code,)) - {NATIONAL}
    if len(codes) > _MOST_PLACES:
        codes = {code[:2] + "0000" for code in codes}
    return (*_named(codes), Choice(NATIONAL, t("free.elsewhere")))


def _named(codes: Iterable[str]) -> tuple[Choice, ...]:
    listed = sorted(codes)
    return tuple(Choice(code, _place_name(code, listed)) for code in listed)


def _place_name(code: str, listed: Sequence[str]) -> str:
    """新疆 吐鲁番市; a province whose towns are listed as well stands for the rest of it."""
    name = " ".join(reference.region_path(code)) or code
    others = any(other != code and other[:2] == code[:2] for other in listed)
    if code.endswith("0000") and others:
        return t("free.rest_of", place=name)
    return name

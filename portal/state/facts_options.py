"""The answers that the pages about my situation offer, and which of them stands."""

from dataclasses import dataclass, field

from portal.locale import has, t
from portal.policies import reference
from portal.services import facts_terms
from portal.services.facts import OwnFacts


@dataclass(frozen=True)
class Option:
    """An answer to choose."""

    value: str
    label: str
    hint: str = ""
    checked: bool = False


@dataclass(frozen=True)
class GroupSection:
    """Groups that belong together; open when one of them is stated."""

    title: str
    is_open: bool
    options: list[Option]


@dataclass(frozen=True)
class JobForm:
    """The work form as it stands."""

    employer_name: str = ""
    employer_uscc: str = ""
    hired_on: str = ""
    kinds: list[Option] = field(default_factory=list)
    insured: list[Option] = field(default_factory=list)
    wages_kept: list[Option] = field(default_factory=list)
    level_linked_pay: list[Option] = field(default_factory=list)


@dataclass(frozen=True)
class SchoolForm:
    """The school form as it stands."""

    kinds: list[Option] = field(default_factory=list)
    school_name: str = ""
    graduates_on: str = ""


@dataclass(frozen=True)
class Place:
    """A region to choose or to look into."""

    code: str
    name: str
    is_last: bool


def options_of(key: str, values: tuple[str, ...], chosen: object) -> list[Option]:
    """The answers ``facts.<key>.<value>``, with hints where there are any."""
    return [
        Option(
            value=value,
            label=t(f"facts.{key}.{value}"),
            hint=t(f"facts.{key}_hint.{value}") if has(f"facts.{key}_hint.{value}") else "",
            checked=value == chosen,
        )
        for value in values
    ]


def yes_no(key: str, stored: object) -> list[Option]:
    """Yes, no, and not known, which is what stands before anything was said."""
    unknown = Option("", t("facts.page.unknown"), checked=not isinstance(stored, bool))
    chosen = {True: "yes", False: "no"}.get(stored) if isinstance(stored, bool) else None
    return [*options_of(key, ("yes", "no"), chosen), unknown]


def sections_of(view: OwnFacts) -> list[GroupSection]:
    """All groups that can be stated, but those that an authority has verified."""
    stated = {group.code for group in view.groups if group.status == "declared"}
    fixed = {group.code for group in view.groups if group.status in ("verified", "reported")}
    made = []
    for name, codes in facts_terms.SECTIONS:
        options = [
            Option(code, facts_terms.plain_of(code), facts_terms.name_of(code), code in stated)
            for code in codes
            if code not in fixed
        ]
        is_open = any(option.checked for option in options)
        made.append(GroupSection(t(f"facts.section.{name}"), is_open, options))
    return [section for section in made if section.options]


def places_in(code: str) -> list[Place]:
    """The regions directly below one; of "" the provinces."""
    found = reference.child_regions(code or reference.NATIONAL)
    return [Place(one.code, one.name, not reference.child_regions(one.code)) for one in found]

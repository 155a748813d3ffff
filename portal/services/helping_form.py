"""What a helper can fill in for somebody. The form is the same whatever is known."""

from dataclasses import dataclass
from functools import cache

from portal.locale import t
from portal.services import facts_terms
from portal.services.facts_values import DRAWS, ORIGINS, SCHOOL_KINDS
from portal.services.need_terms import Choice, Choices


@dataclass(frozen=True, slots=True)
class StatementForm:
    """The choices of every kind of statement; groups stand under headings."""

    groups: tuple[Choices, ...]
    pensions: tuple[Choice, ...]
    origins: tuple[Choice, ...]
    schools: tuple[Choice, ...]


@cache
def statement_form() -> StatementForm:
    """Everything that can be stated."""
    return StatementForm(
        groups=tuple(
            Choices(t(f"free.section.{name}"), tuple(_group(code) for code in codes))
            for name, codes in facts_terms.SECTIONS
        ),
        pensions=_choices("draws", DRAWS),
        origins=_choices("origin", ORIGINS),
        schools=_choices("school_kind", SCHOOL_KINDS),
    )


def _group(code: str) -> Choice:
    return Choice(code, facts_terms.plain_of(code) or facts_terms.name_of(code))


def _choices(key: str, codes: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(code, t(f"facts.{key}.{code}")) for code in codes)

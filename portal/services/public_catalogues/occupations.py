"""Occupations and topics, as the reference tables have them: the subject that all else hangs on."""

from dataclasses import dataclass
from functools import cache

from portal.domain.errors import NotFound
from portal.domain.search_text import query_terms, search_terms
from portal.locale import t
from portal.policies import reference


@dataclass(frozen=True, slots=True)
class Subject:
    """An occupation or topic: its page, its name, what the table says of it."""

    code: str
    href: str
    title: str
    facts: tuple[str, ...]


def find_occupations(q: str) -> tuple[Subject, ...]:
    """The occupations that have every word of a query, by code."""
    wanted = set(query_terms(q))
    found = (one for one in reference.occupations() if not wanted or wanted <= _terms(one.code))
    return tuple(subject(one.code) for one in found)


def subject(code: str) -> Subject:
    """One occupation or topic; raises NotFound."""
    found = reference.occupation(code)
    if found is not None:
        facts = (
            t("public.catalogues.edition", code=code, edition=found.edition),
            t("catalogue.digital") if found.is_digital else "",
            t("catalogue.green") if found.is_green else "",
        )
        return Subject(code, href(code), found.name, tuple(filter(None, facts)))
    topic = reference.topic(code)
    if topic is None:
        raise NotFound
    return Subject(code, href(code), topic.name, (t("public_catalogues.topic"),))


def href(code: str) -> str:
    """The page of an occupation or topic."""
    return f"/catalogues/occupation/{code}"


@cache
def _terms(code: str) -> frozenset[str]:
    found = reference.occupation(code)
    return frozenset(search_terms([found.name, *found.keywords])) if found else frozenset()

"""The rules in force in a region on a day, out of what is published.

Every answer of the rules rests on a book, and a book on versions of packs: publishing a pack
again gives another book at once, and what was decided by the former stays readable.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PolicyPack
from portal.domain.rules.rule import Rule
from portal.policies import models, parameters
from portal.policies.compile import rules_of
from portal.policies.reach import distance
from portal.services.pack_store import Kept, Version, documents_of, packs_of
from portal.services.pack_store import pack_version as pack_version
from portal.settings import get_settings

_IN_FORCE = ("in_force", "continued")


@dataclass(frozen=True, slots=True)
class BookPack:
    """A pack of a book. ``standing`` is in_force, or continued beyond the document's own end."""

    id: str
    content_hash: str
    standing: models.Standing
    pack: models.PolicyPack


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Packs and their rules, the most local first; the parameters are the most local pack's.

    Without any pack there are no rules, and the parameters are the product's own.
    """

    region_code: str
    on: date
    packs: tuple[BookPack, ...]
    rules: tuple[Rule, ...]
    attendance: models.Attendance
    waiting_list: models.WaitingList
    review: models.Review
    claims: models.Claims
    carry_over: models.CarryOver

    @property
    def pack_ids(self) -> tuple[str, ...]:
        """The packs' ids, the most local first."""
        return tuple(pack.id for pack in self.packs)

    @property
    def hashes(self) -> tuple[str, ...]:
        """Their content hashes, in the same order."""
        return tuple(pack.content_hash for pack in self.packs)

    @property
    def versions(self) -> tuple[Version, ...]:
        """Id and content hash of each: what a decision must keep to be explained later."""
        return tuple((pack.id, pack.content_hash) for pack in self.packs)

    @property
    def min_ratio(self) -> Fraction:
        """The attended share of planned 课时 that earns the certificate, exactly as written."""
        return Fraction(str(self.attendance.min_ratio))


# Books of some weeks and all counties of a province; a book holds references, little else.
_books: Kept[tuple[frozenset[Version], str, date, bool], RuleBook] = Kept(2048)
_rules: Kept[tuple[Version, bool], tuple[Rule, ...]] = Kept(256)


def book_for(session: Session, region_code: str, on: date) -> RuleBook:
    """The book of a region on a day, a Shanghai date."""
    return book_from(session, published(session), region_code, on)


def books_for(session: Session, region_codes: Iterable[str], on: date) -> Mapping[str, RuleBook]:
    """The books of several regions by code; asks the database no more often than for one."""
    rows = published(session)
    return {code: book_from(session, rows, code, on) for code in set(region_codes)}


def book_from(
    session: Session, rows: Iterable[Sequence[str]], region_code: str, on: date
) -> RuleBook:
    """The book, by pack ids and hashes that the caller has read already.

    The database is asked only for versions that this process has not seen.
    """
    versions = _versions(rows)
    known = _books.get((versions, region_code, on, _counts_examples()))
    if known is not None:
        return known
    book = _written(session, versions, region_code, on)
    return _books.put((versions, region_code, on, _counts_examples()), book)


def book_of(rows: Iterable[Sequence[str]], region_code: str, on: date) -> RuleBook | None:
    """The same without asking the database; None when this process has not made it before."""
    return _books.get((_versions(rows), region_code, on, _counts_examples()))


def packs_in_force(session: Session, on: date) -> tuple[BookPack, ...]:
    """Every published pack that applies somewhere on a day, by region."""
    versions = published(session)
    documents = documents_of(session, versions)
    alive = [v for v in versions if v in documents and _standing(documents[v], on) in _IN_FORCE]
    alive.sort(key=lambda version: (documents[version].region_code, version), reverse=True)
    return _loaded(session, alive, on)


def published(session: Session) -> list[Version]:
    """Id and content hash of every pack as it stands."""
    rows = session.execute(select(PolicyPack.id, PolicyPack.content_hash))
    return [(row.id, row.content_hash) for row in rows]


def _versions(rows: Iterable[Sequence[str]]) -> frozenset[Version]:
    return frozenset((row[0], row[1]) for row in rows)


def _written(
    session: Session, versions: frozenset[Version], region_code: str, on: date
) -> RuleBook:
    steps: dict[Version, tuple[int, int, str]] = {}
    for version, document in documents_of(session, sorted(versions)).items():
        far = distance(document, region_code)
        if far is not None and _standing(document, on) in _IN_FORCE:
            # Of two documents of one region the later goes first.
            begun = document.effective_from.toordinal() if document.effective_from else 0
            steps[version] = (far, -begun, document.id)
    packs = _loaded(session, sorted(steps, key=lambda version: steps[version]), on)
    nearest = packs[0].pack if packs else None
    return RuleBook(
        region_code=region_code,
        on=on,
        packs=packs,
        rules=tuple(rule for pack in packs for rule in _compiled(pack)),
        attendance=nearest.attendance if nearest else parameters.default_attendance(),
        waiting_list=nearest.waiting_list if nearest else parameters.default_waiting_list(),
        review=nearest.review if nearest else parameters.default_review(),
        claims=nearest.claims if nearest else parameters.default_claims(),
        carry_over=nearest.carry_over if nearest else parameters.default_carry_over(),
    )


def _loaded(session: Session, versions: Sequence[Version], on: date) -> tuple[BookPack, ...]:
    packs = packs_of(session, versions)
    return tuple(
        BookPack(*version, _standing(packs[version].document, on), packs[version])
        for version in versions
        if version in packs
    )


def _compiled(pack: BookPack) -> tuple[Rule, ...]:
    demo = _counts_examples()
    key = ((pack.id, pack.content_hash), demo)
    return _rules.get(key) or _rules.put(key, rules_of(pack.pack, demo=demo))


def _standing(document: models.Document, on: date) -> models.Standing:
    return document.standing(on, demo=_counts_examples())


def _counts_examples() -> bool:
    """Whether continuations that are marked as examples count: never for real people."""
    return not get_settings().is_production

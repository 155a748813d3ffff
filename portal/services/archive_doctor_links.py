"""What counts only because a line of an archive says so: certificates, merged records, papers
from elsewhere. Whoever sets it in the database alone is found by the line that is missing."""

from collections.abc import Iterator

from sqlalchemy import Text, cast, exists, select, text
from sqlalchemy.orm import Session, aliased

from portal.db.models import ArchiveEntry, ExternalCertificate, Person
from portal.services import archive_chain as chain

# Where it is, and what is wrong with it.
Found = tuple[str, str]


def faults(session: Session) -> Iterator[Found]:
    """The first fault of each sort."""
    yield from _certificates(session)
    yield from _merges(session)
    yield from _external(session)


# Whoever holds the database can also publish a key and sign with it: that a row is well signed
# proves nothing here. What the line says was sealed when the certificate was issued.
_OTHER = text("""
    SELECT c.id
      FROM certificate c
      JOIN archive_entry a ON a.kind = 'certificate' AND a.ref_id = c.id
     WHERE (c.person_id, c.title, c.institution_name, c.hours_credited, c.number)
           IS DISTINCT FROM
           (a.person_id, a.title, a.institution_name, a.hours, a.detail->>'certificate_number')
        -- Older lines hold less: neither this nor the hash.
        OR a.detail ? 'certificate_kind'
           AND (c.kind, c.occupation_code, CAST(c.level AS text), CAST(c.hours_planned AS text))
           IS DISTINCT FROM
           (a.detail->>'certificate_kind', a.detail->>'occupation_code', a.detail->>'level',
            a.detail->>'hours_planned')
        OR (a.detail->>'credential_hash') <>
           coalesce(encode(sha256(convert_to(c.signature, 'UTF8')), 'hex'), '')
     ORDER BY c.id LIMIT 1
""")


def _certificates(session: Session) -> Iterator[Found]:
    """What a certificate says, and what was signed, is what its line says."""
    other = session.scalar(_OTHER)
    if other is not None:
        yield (f"certificate {other}", "is another than the one that was issued")


def _merges(session: Session) -> Iterator[Found]:
    """Whoever counts as another does so by a line that stands in the other's archive: a link set
    in the database alone would let one login open somebody else's archive."""
    line, later, other = aliased(ArchiveEntry), aliased(ArchiveEntry), aliased(Person)
    named = line.detail["other_record"].astext
    stands = ~exists().where(later.supersedes == line.id, later.person_id == line.person_id)
    is_merge = line.kind == chain.MERGE
    said = exists().where(
        is_merge, line.person_id == Person.merged_into, named == cast(Person.id, Text), stands
    )
    linked = select(Person.id).where(Person.merged_into.is_not(None), ~said)
    unsaid = session.scalar(linked.order_by(Person.id).limit(1))
    if unsaid is not None:
        yield (f"person {unsaid}", "counts as another without a line about a merge")
    same = exists().where(cast(other.id, Text) == named, other.merged_into == line.person_id)
    parted = select(named).where(is_merge, stands, ~same)
    apart = session.scalar(parted.order_by(line.no).limit(1))
    if apart is not None:
        yield (f"person {apart}", "was merged into another, and the record no longer says so")


def _external(session: Session) -> Iterator[Found]:
    """Every certificate from elsewhere that counts as verified has its line."""
    line = aliased(ArchiveEntry)
    has_line = exists().where(line.kind == chain.EXTERNAL, line.ref_id == ExternalCertificate.id)
    lost = session.scalar(
        select(ExternalCertificate.id)
        .where(ExternalCertificate.state == "verified", ~has_line)
        .order_by(ExternalCertificate.id)
        .limit(1)
    )
    if lost is not None:
        yield (f"external certificate {lost}", "counts as verified without a line about it")

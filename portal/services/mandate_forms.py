"""What a helper fills in for somebody without a phone, checked once."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.errors import BadInput, Forbidden
from portal.domain.identity import IdType, normalise_phone, parse_id_document
from portal.domain.mandate import ON_PAPER, TERMS_DAYS
from portal.domain.names import normalise_name
from portal.domain.permissions import Actor, Permission
from portal.policies import reference
from portal.policies.regions import Region
from portal.services.people import Identity
from portal.services.scope import region_prefix


@dataclass(frozen=True, slots=True)
class Introduction:
    """A checked form. ``identity.phone`` is where the family can be reached, never a login;
    ``witness`` is empty unless the evidence is a witness; ``days`` is how long the mandate lasts.
    """

    identity: Identity
    region_code: str
    evidence: str
    witness: str
    days: int


def check_introduction(
    *,
    id_type: str,
    id_no: str,
    name: str,
    phone: str,
    region: str,
    evidence: str,
    witness: str,
    days: str,
    agreed: bool,
    today: date,
) -> Introduction:
    """Check every field; raises the first BadInput, which names its field."""
    clean_name = normalise_name(name)
    if id_type not in set(IdType):
        raise BadInput("id_type", "register.id_type")
    known = {one.code for one in reference.regions()}
    document = parse_id_document(IdType(id_type), id_no, today=today, known_regions=known)
    clean_phone = normalise_phone(phone) if phone.strip() else ""
    if evidence not in ON_PAPER:
        raise BadInput("evidence", "helping.evidence_first")
    clean_witness = ""
    if evidence == "witness":
        if not witness.strip():
            raise BadInput("witness", "helping.witness_first")
        clean_witness = normalise_name(witness)
    if days not in {str(one) for one in TERMS_DAYS}:
        raise BadInput("days", "helping.term_first")
    if not agreed:
        raise BadInput("agreed", "helping.agree_first")
    identity = Identity(document, clean_name, clean_phone)
    return Introduction(identity, region, evidence, clean_witness, int(days))


def the_area(actor: Actor) -> str:
    """The region that a helper serves; raises Forbidden for whoever serves none."""
    if actor.region_code is None:
        raise Forbidden
    return actor.region_code


def places(actor: Actor) -> tuple[Region, ...]:
    """Where the helper's people may live: the region itself, or its smallest parts."""
    area = the_area(actor)
    found = [one for one in reference.regions() if one.code.startswith(region_prefix(area))]
    parts = tuple(one for one in found if not reference.child_regions(one.code))
    return parts or tuple(one for one in reference.regions() if one.code == area)


def my_places(session: Session, actor: Actor) -> tuple[Region, ...]:
    """The same for a form. Raises Unauthenticated, Forbidden."""
    actor.require(Permission.HELP_OTHERS)
    return places(actor)


def is_place(actor: Actor, code: str) -> bool:
    """Whether a code is one of ``places``."""
    return code in {one.code for one in places(actor)}


def lives_here(actor: Actor, code: str) -> bool:
    """Whether somebody who lives there may be helped by this helper."""
    return code.startswith(region_prefix(the_area(actor)))

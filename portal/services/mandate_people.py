"""The person whom a helper introduces: found by the document, or made; never a second row."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Person
from portal.db.vault import get_vault
from portal.domain.errors import BadInput
from portal.domain.names import name_key
from portal.domain.permissions import Actor
from portal.services import people
from portal.services.mandate_forms import Introduction, lives_here


def person_of(session: Session, actor: Actor, form: Introduction, now: datetime) -> Person:
    """The person of a document, held; made when nobody knows it. Raises BadInput."""
    who = form.identity
    # Where they live and whom to call is settled further down, once it is clear who they are.
    bare = people.Identity(who.document, who.name)
    people.add_people(
        session, [bare], status=people.DECLARED, residence_region=form.region_code, now=now
    )
    query = select(Person).where(Person.id_no_hash == who.hash).with_for_update(key_share=True)
    person = session.execute(query.execution_options(populate_existing=True)).scalar_one()
    if person.id in actor.the_records():
        raise BadInput("id_no", "helping.not_yourself")
    if person.name_key != name_key(who.name):
        raise BadInput("name", "register.name_differs")
    return people.whole_of(session, person)


def settle_in(person: Person, actor: Actor, form: Introduction) -> None:
    """Write what the helper saw of somebody without an account. Raises BadInput (region)."""
    if person.residence_region and not lives_here(actor, person.residence_region):
        raise BadInput("region", "helping.lives_elsewhere")
    document = form.identity.document
    person.residence_region = form.region_code
    person.birth_date = person.birth_date or document.birth_date
    person.sex_code = person.sex_code or document.sex_code
    if form.identity.phone:
        person.phone_enc = get_vault().seal("phone", form.identity.phone)
    if person.identity_status == people.LISTED:
        # The helper held the document in hand.
        person.identity_status = people.DECLARED

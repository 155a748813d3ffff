"""What phones and paper show, for tests of the other direction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import PersonPass
from portal.domain import person_pass
from portal.domain.permissions import Actor, Role
from portal.domain.person_pass import PassCode
from portal.services import passes
from portal.services.unit import as_actor
from tests.support import factories as make


def trainee_actor(person_id: UUID) -> Actor:
    """The owner of a pass, logged in."""
    return Actor(Role.TRAINEE, account_id=new_id(), person_id=person_id, name="王小强")


def shown(session: Session, person_id: UUID, at: datetime, *, generation: int = 0) -> PassCode:
    """What the phone of somebody shows at a moment; of an earlier generation if asked."""
    as_actor(passes.my_pass, trainee_actor(person_id), now=make.NOW)
    session.rollback()
    row = session.get_one(PersonPass, person_id)
    session.refresh(row)
    key = passes.key_of(row.pass_id, generation or row.generation)
    return person_pass.pass_at(key, row.pass_id, at)

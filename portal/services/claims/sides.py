"""Whose claim it is, and who may reach it: rows of one's own side or region, nothing else."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import SubsidyClaim
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.rules.facts import Payee
from portal.services.claims.rows import Opened, open_locked
from portal.services.scope import region_prefix


def payee_side(actor: Actor) -> Payee:
    """On whose behalf the actor asks for money; raises Forbidden for whoever asks for none."""
    if actor.role is Role.TRAINEE:
        actor.require(Permission.ENROL)
        return "person"
    actor.require(Permission.FILE_CLAIM)
    return "employer" if actor.employer_id is not None else "institution"


def payee_columns(actor: Actor) -> dict[str, Any]:
    """The columns of a claim that say who is paid."""
    side = payee_side(actor)
    return {
        "payee_type": side,
        "payee_person_id": actor.person_id if side == "person" else None,
        "payee_institution_id": actor.institution_id if side == "institution" else None,
        "payee_employer_id": actor.employer_id if side == "employer" else None,
    }


def is_payee(actor: Actor, row: SubsidyClaim) -> bool:
    """Whether the claim asks for money for the actor's own side."""
    if row.payee_type == "person":
        return actor.person_id is not None and row.payee_person_id in actor.the_records()
    own = {
        "institution": (row.payee_institution_id, actor.institution_id),
        "employer": (row.payee_employer_id, actor.employer_id),
    }[row.payee_type]
    return own[0] is not None and own[0] == own[1]


def own_claim(session: Session, actor: Actor, claim_id: UUID, *, now: datetime) -> Opened:
    """A claim of the actor's own side, locked; raises NotFound for anybody else's."""
    payee_side(actor)
    found = open_locked(session, claim_id, now=now)
    if not is_payee(actor, found.row):
        raise NotFound
    return found


def office_claim(session: Session, actor: Actor, claim_id: UUID, *, now: datetime) -> Opened:
    """A claim of the officer's region, locked; raises NotFound for others."""
    actor.require(Permission.REVIEW_CLAIMS)
    found = open_locked(session, claim_id, now=now)
    if not in_region(actor, found.row.region_code):
        raise NotFound
    return found


def in_region(actor: Actor, region_code: str) -> bool:
    """Whether a region code lies in the actor's region."""
    area = actor.region_code
    return area is not None and region_code.startswith(region_prefix(area))

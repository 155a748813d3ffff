"""Whoever signs in is led from home to a page that they may open."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.services.home import home
from tests.support import factories as make

AUDIENCES = {
    Role.TRAINEE: "trainee",
    Role.INSTRUCTOR: "teacher",
    Role.MANAGER: "teacher",
    Role.EMPLOYER: "employer",
    Role.HELPER: "helper",
    Role.OFFICER: "authority",
    Role.AUDITOR: "authority",
    Role.REVIEWER: "reviewer",
    Role.SYSTEM_ADMIN: "accounts",
    Role.SECURITY_ADMIN: "security",
}


def test_every_role_that_signs_in_has_a_way_on() -> None:
    assert set(AUDIENCES) == set(Role) - {Role.ANONYMOUS, Role.SYSTEM}


@pytest.mark.parametrize("role", AUDIENCES, ids=lambda role: role.value)
def test_home_knows_who_looks(session: Session, role: Role) -> None:
    teaches = role in (Role.INSTRUCTOR, Role.MANAGER)
    institution = make.make_institution(session) if teaches else None
    actor = make.make_actor(session, role, institution=institution)
    assert home(session, actor, now=make.NOW + timedelta(days=1)).audience == AUDIENCES[role]

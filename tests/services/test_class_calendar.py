"""Classes go on by the calendar."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import TrainingClass
from portal.domain.errors import Forbidden
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.services import class_calendar
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import listed_class

NOW = make.NOW


def test_a_class_runs_when_its_enrolment_is_over_and_drafts_stay_drafts(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        open_ = listed_class(session, enrol_until=NOW + timedelta(minutes=1))
        draft = listed_class(session, enrol_until=NOW, status="draft")
        as_actor(class_calendar.begin_classes, SYSTEM, now=NOW)
        session.expire_all()
        assert session.get_one(TrainingClass, open_.id).status == "enrolling"
        as_actor(class_calendar.begin_classes, SYSTEM, now=NOW + timedelta(minutes=1))
        session.expire_all()
        assert session.get_one(TrainingClass, open_.id).status == "running"
        assert session.get_one(TrainingClass, draft.id).status == "draft"


def test_nobody_else_turns_the_calendar(session: Session) -> None:
    with pytest.raises(Forbidden):
        class_calendar.begin_classes(session, Actor(Role.OFFICER, account_id=new_id()), now=NOW)

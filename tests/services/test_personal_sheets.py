"""Printed cards: whose they are, what a new print changes, and what is written down."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AuditEvent, Enrolment, TrainingClass
from portal.documents.cards import CardsDocument
from portal.domain import person_pass
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services import passes, personal_sheets
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together

NOW = make.NOW


@dataclass
class Office:
    session: Session
    of: TrainingClass
    places: list[Enrolment]
    staff: Actor

    def print(
        self, *indexes: int, renew: bool = False, actor: Actor | None = None
    ) -> CardsDocument:
        return as_actor(
            personal_sheets.print_cards,
            actor or self.staff,
            class_id=self.of.id,
            enrolment_ids=[self.places[index].id for index in indexes],
            renew=renew,
            now=NOW,
        )

    def prints(self) -> list[tuple[str, UUID | None, object]]:
        self.session.rollback()
        query = select(AuditEvent).where(AuditEvent.action.startswith("sheets."))
        wanted = list(self.session.scalars(query.order_by(AuditEvent.id)))
        mine = {place.person_id for place in self.places}
        return [
            (row.action, row.on_behalf_of, row.detail) for row in wanted if row.on_behalf_of in mine
        ]


@pytest.fixture
def office(engine: Engine) -> Iterator[Office]:
    with Session(engine, expire_on_commit=False) as session:
        institution = make.make_institution(session)
        of = make.make_class(session, institution=institution, status="running")
        places = [
            make.enrol(session, make.make_person(session, name=name), of)
            for name in ("李雪", "王小强", "张三", "买买提·艾力", "阿依古丽")
        ]
        staff = make.make_actor(session, Role.INSTRUCTOR, institution=institution)
        session.commit()
        yield Office(session, of, places, staff)


def read(url: str) -> person_pass.ReadSheet:
    return person_pass.read_sheet(passes.sheet_master(), url.rsplit("/p/", 1)[-1])


def test_each_card_holds_its_own_signed_code_and_no_name(office: Office) -> None:
    document = office.print(0, 2)
    assert [card.name for card in document.cards] == ["张三", "李雪"]
    codes = {card.name: read(card.url).enrolment_id for card in document.cards}
    assert codes == {"张三": office.places[2].id, "李雪": office.places[0].id}
    assert all(card.url.isascii() for card in document.cards)


def test_only_a_print_that_is_asked_to_draws_a_new_code(office: Office) -> None:
    first, second = office.print(1).cards[0], office.print(1).cards[0]
    assert first == second
    third = office.print(1, renew=True).cards[0]
    assert (third.generation, third.url == first.url) == (2, False)
    assert office.print(1).cards[0] == third


def test_every_print_is_written_down_with_whose(office: Office) -> None:
    office.print(0, 1)
    office.print(1, renew=True)
    first, second = office.places[0].person_id, office.places[1].person_id
    assert sorted(map(str, office.prints())) == sorted(
        map(
            str,
            [
                ("sheets.print", first, {"generation": 1}),
                ("sheets.print", second, {"generation": 1}),
                ("sheets.reprint", second, {"generation": 2}),
            ],
        )
    )


def test_prints_at_once_agree(office: Office) -> None:
    answers = together([lambda: office_print(office)] * 8)
    assert {one for one in answers if isinstance(one, int)} == set(range(1, 9))


def office_print(office: Office) -> int:
    return office.print(3, 4, renew=True).cards[0].generation


def test_nobody_and_too_many_are_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput) as nobody:
        office.print()
    assert nobody.value.reason == "sheets.none_chosen"
    monkeypatch.setattr(personal_sheets, "MOST", 2)
    with pytest.raises(BadInput) as many:
        office.print(0, 1, 2)
    assert (many.value.reason, many.value.params["most"]) == ("sheets.too_many", 2)
    assert office.prints() == []


def test_people_of_other_classes_get_no_card_here(office: Office) -> None:
    other = make.make_class(office.session, institution=make.make_institution(office.session))
    place = make.enrol(office.session, make.make_person(office.session), other)
    office.session.get_one(Enrolment, office.places[0].id).status = "withdrawn"
    office.session.commit()
    for wanted in ([place.id], [new_id()], [office.places[0].id], [office.places[1].id, place.id]):
        with pytest.raises(NotFound):
            as_actor(
                personal_sheets.print_cards,
                office.staff,
                class_id=office.of.id,
                enrolment_ids=wanted,
                now=NOW,
            )
    assert office.prints() == []


def test_only_staff_of_the_institution_choose_and_print(office: Office) -> None:
    abroad = make.make_actor(
        office.session, Role.MANAGER, institution=make.make_institution(office.session)
    )
    trainee = make.make_actor(office.session)
    office.session.commit()
    for actor, refusal in ((abroad, NotFound), (trainee, Forbidden)):
        with pytest.raises(refusal):
            office.print(0, actor=actor)
        with pytest.raises(refusal):
            as_actor(personal_sheets.choices, actor, class_id=office.of.id, now=NOW)


def test_the_choice_says_who_has_a_card(office: Office) -> None:
    office.print(1)
    found = as_actor(personal_sheets.choices, office.staff, class_id=office.of.id, now=NOW)
    assert len(found.people) == 5
    assert [one.name for one in found.people if one.printed_at] == ["王小强"]

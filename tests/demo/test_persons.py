"""The demo holds a card, one person entered twice, whom two officers can merge at once, and a
corrected number for which another officer has yet to vouch."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, ArchiveEntry, IdCorrection, Person, SocialCardBinding
from portal.db.vault import get_vault
from portal.demo import cast, loader, persons
from portal.domain.permissions import Actor, Role
from portal.services import archive_lookup, id_vouching, person_merge_requests, person_merges
from portal.services.accounts import find_account
from portal.services.casework import queue
from portal.services.casework.sources import SOURCES
from tests.support.demo import NOW, load


def officer(session: Session, number: int = 201) -> Actor:
    account = find_account(session, cast.phone(number), today=NOW.date())
    assert account is not None
    return Actor(
        Role.OFFICER,
        account_id=account.id,
        person_id=account.person_id,
        region_code=account.region_code,
    )


def test_the_card_leads_an_officer_to_the_archive(session: Session) -> None:
    seen = archive_lookup.look_up(
        session, officer(session), by="card", number=persons.CARD, reason="本人来窗口", now=NOW
    )
    assert seen is not None
    account = find_account(session, cast.phone(1), today=NOW.date())
    assert account is not None
    assert seen.person.id == account.person_id
    assert seen.lines


def test_the_duplicate_is_ready_to_be_merged_and_says_what_differs(session: Session) -> None:
    found = person_merges.compare(
        session,
        officer(session),
        kept_number=persons.right_number(),
        merged_number=persons.duplicate_number(),
        now=NOW,
    )
    assert found.preview is not None
    assert [conflict.kind for conflict in found.preview.conflicts] == ["birth"]
    assert (found.preview.kept.has_account, found.preview.merged.has_account) == (True, False)
    assert found.preview.merged.lines == 1


def test_the_second_officer_can_confirm_what_the_first_one_asks(session: Session) -> None:
    one, two = (
        session.scalars(select(Person).where(Person.id_no_hash == hashed(number))).one()
        for number in (persons.right_number(), persons.duplicate_number())
    )
    ids = {"kept_id": one.id, "merged_id": two.id}
    first, second = officer(session), officer(session, 203)
    seen = person_merges.preview(session, first, **ids, now=NOW).seen
    act: dict[str, Any] = {"seen": seen, "reason": "本人来窗口", "now": NOW}
    asked = person_merge_requests.ask(session, first, **ids, **act)
    person_merge_requests.confirm(session, second, request_id=asked.id, **act)
    assert two.merged_into == one.id


@pytest.mark.parametrize(("number", "waits"), [(201, 1), (203, 1), (204, 0)])
def test_a_corrected_number_waits_for_every_officer_but_the_one_who_made_it(
    session: Session, number: int, waits: int
) -> None:
    who = officer(session, number)
    assert len(id_vouching.to_vouch(session, who, now=NOW)) == waits
    found = queue.work(session, who, sources=SOURCES, kind="identity", now=NOW)
    assert len(found.rows) == waits
    assert not any(row.late for row in found.rows)


def test_another_officer_vouches_for_the_number_and_a_later_load_asks_nothing_new(
    session: Session,
) -> None:
    second = officer(session, 203)
    (waiting,) = id_vouching.to_vouch(session, second, now=NOW)
    id_vouching.vouch(session, second, correction_id=waiting.id, now=NOW)
    loader.load(session, now=NOW + timedelta(days=1))
    assert id_vouching.to_vouch(session, second, now=NOW) == ()
    assert session.scalar(select(func.count()).select_from(IdCorrection)) == 1


def hashed(number: str) -> bytes:
    return get_vault().lookup_hash("id_no", f"resident_id:{number}")


def test_the_list_of_accounts_names_card_and_duplicate(session: Session) -> None:
    hints = {one.login: one.hint for one in loader.demo_accounts()}
    assert persons.CARD in hints[cast.phone(1)]
    assert persons.right_number() in hints[cast.phone(13)]
    assert persons.duplicate_number() in hints[cast.phone(13)]


def test_loading_again_changes_nothing(session: Session) -> None:
    def counts() -> list[int | None]:
        tables = (Person, SocialCardBinding, ArchiveEntry, Account, IdCorrection)
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    before = counts()
    session.commit()
    load()
    assert counts() == before

"""The demo holds a card, and one person entered twice, whom an officer can merge at once."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, ArchiveEntry, Person, SocialCardBinding
from portal.demo import cast, loader, persons
from portal.domain.permissions import Actor, Role
from portal.services import archive_lookup, person_merges
from portal.services.accounts import find_account
from tests.support.demo import NOW, load


def officer(session: Session) -> Actor:
    account = find_account(session, cast.phone(201), today=NOW.date())
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


def test_the_list_of_accounts_names_card_and_duplicate(session: Session) -> None:
    hints = {one.login: one.hint for one in loader.demo_accounts()}
    assert persons.CARD in hints[cast.phone(1)]
    assert persons.right_number() in hints[cast.phone(13)]
    assert persons.duplicate_number() in hints[cast.phone(13)]


def test_loading_again_changes_nothing(session: Session) -> None:
    def counts() -> list[int | None]:
        tables = (Person, SocialCardBinding, ArchiveEntry, Account)
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    before = counts()
    session.commit()
    load()
    assert counts() == before

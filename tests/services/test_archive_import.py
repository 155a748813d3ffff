"""Bringing an archive along: each refusal by itself, each finding by itself, nothing twice."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import ArchiveEntry, ArchiveImportLine, AuditEvent, Person, TrustedPortal
from portal.domain import carry
from portal.domain.errors import Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import (
    archive_chain,
    archive_import,
    import_conflicts,
    import_refresh,
    import_views,
    trusted_portals,
)
from portal.services.remote_lists import Fetched
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW
from tests.support.portals import Elsewhere, keeper, new_key, trust


@pytest.fixture
def there() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def me(session: Session) -> Actor:
    return make.make_actor(session, Role.TRAINEE)


@pytest.fixture
def person(session: Session, me: Actor) -> Person:
    return session.get_one(Person, me.the_person())


def hand_in(
    session: Session,
    me: Actor,
    content: bytes,
    *,
    fetched: Fetched | None = None,
    now: datetime = NOW,
) -> UUID:
    archive_import.whom_to_ask(session, me, content=content, now=now)
    return archive_import.open_import(
        session, me, content=content, fetched=fetched or Fetched(), now=now
    )


def lines_of(session: Session, import_id: UUID) -> list[ArchiveImportLine]:
    query = select(ArchiveImportLine).where(ArchiveImportLine.import_id == import_id)
    return list(
        session.scalars(query.order_by(ArchiveImportLine.kind.desc(), ArchiveImportLine.id))
    )


def take_all(session: Session, me: Actor, import_id: UUID, *, now: datetime = NOW) -> None:
    ids = {line.id for line in lines_of(session, import_id)}
    archive_import.decide(session, me, import_id=import_id, take=ids, ask=ids, now=now)


def words(session: Session, import_id: UUID) -> list[tuple[str, str]]:
    return [(line.finding, line.content["why"]) for line in lines_of(session, import_id)]


def carried(session: Session, person: Person) -> list[archive_chain.Entry]:
    entries = archive_chain.entries_of(session, person.id)
    return [one for one in archive_chain.in_force(entries) if one.source_system != "portal"]


def test_a_file_of_a_trusted_portal_becomes_lines_with_their_origin(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    training, certificate = there.training(), there.certificate(person)
    file = there.file(person, classes=[training], certificates=[certificate])
    made = hand_in(session, me, file, fetched=there.fetched())

    assert words(session, made) == [("new", "new"), ("new", "new")]
    assert carried(session, person) == []

    take_all(session, me, made)
    a, b = carried(session, person)
    assert (a.kind, a.source_system, a.hours) == ("carried", there.url, 20)
    assert a.detail["origin"] == f"{there.url}/archive/{training['id']}"
    assert a.detail["origin_hash"] == training["hash"]
    assert a.institution_name == "外省技工学校"
    assert b.detail["subject"] == "certificate"
    assert b.detail["verify_url"] == f"{there.url}/verify/{b.detail['certificate_number']}"
    assert archive_chain.verify_chain(session, person.id) is None


def test_nothing_is_taken_that_was_not_ticked(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    lines = [there.training(), there.training(starts_on="2026-05-02", ends_on="2026-05-20")]
    made = hand_in(session, me, there.file(person, classes=lines))
    wanted = lines_of(session, made)[0].id
    archive_import.decide(session, me, import_id=made, take={wanted}, ask=set(), now=NOW)

    assert sorted(line.state for line in lines_of(session, made)) == ["left", "taken"]
    assert len(carried(session, person)) == 1


def test_the_same_file_twice_doubles_nothing(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    file = there.file(person, classes=[there.training()])
    first = hand_in(session, me, file)
    assert hand_in(session, me, file) == first
    take_all(session, me, first)
    take_all(session, me, first)

    second = hand_in(session, me, file)
    assert words(session, second) == [("duplicate", "taken")]
    take_all(session, me, second)
    assert len(carried(session, person)) == 1


REFUSALS: list[tuple[str, type[carry.ImportRefused]]] = [
    ("no json", carry.Unreadable),
    ("another format", carry.Unreadable),
    ("nested without end", carry.Unreadable),
    ("half a character", carry.Tampered),
    ("too large", carry.FileTooLarge),
    ("stranger", carry.UnknownPortal),
    ("withdrawn", carry.PortalWithdrawn),
    ("line changed", carry.Tampered),
    ("header of another portal", carry.Tampered),
    ("school signed it", carry.Tampered),
    ("another kind of token", carry.Tampered),
    ("compromised key", carry.KeyNotGood),
    ("retired key", carry.KeyNotGood),
    ("too old", carry.TooOld),
    ("tomorrow", carry.FromTheFuture),
    ("somebody else's", carry.NotYours),
    ("certificate changed", carry.Tampered),
    ("line without a date", carry.Unreadable),
]


def bad_file(name: str, session: Session, there: Elsewhere, person: Person) -> bytes:
    """A file that must be refused, and whatever must hold for it."""
    if name != "stranger":
        portal_id = trust(session, there)
    good = there.file(person, classes=[there.training()])
    plain = json.loads(good)
    if name == "no json":
        return good[:-20]
    if name == "another format":
        return json.dumps(plain | {"format": "training-archive/1"}).encode()
    if name == "nested without end":
        return b'{"classes":' + b"[" * 100_000
    if name == "half a character":
        line = there.training(title="\ud800")
        return json.dumps(plain | {"classes": [line]}).encode()
    if name == "too large":
        return good + b" " * carry.LARGEST
    if name == "withdrawn":
        trusted_portals.withdraw(
            session, keeper(session), portal_id=portal_id, reason="不再互认", now=NOW
        )
    if name == "line changed":
        plain["classes"][0]["hours"] = 19
        return json.dumps(plain).encode()
    if name == "header of another portal":
        other = Elsewhere(url="https://b.example")
        other.own, other.kid = there.own, there.kid
        trust(session, other)
        return other.file(person)
    if name == "school signed it":
        there.own, there.kid = there.school, there.school_kid
        return there.file(person)
    if name == "another kind of token":
        return there.file(person, typ="vc+jwt")
    if name == "compromised key":
        there.page_keys[0]["revoked"] = {"revoked_at": int(NOW.timestamp())}
        there.page_keys[0]["exp"] = int(NOW.timestamp())
    if name == "retired key":
        there.page_keys[0]["exp"] = int((NOW - timedelta(days=2)).timestamp())
    if name in ("compromised key", "retired key"):
        row = session.scalars(select(TrustedPortal)).one()
        import_refresh.keep(session, row, Fetched(there.page()), now=NOW)
    if name == "too old":
        return there.file(person, at=NOW - timedelta(days=31))
    if name == "tomorrow":
        return there.file(person, at=NOW + timedelta(days=1))
    if name == "somebody else's":
        return there.file(make.make_person(session))
    if name == "certificate changed":
        made = there.certificate(person)
        head, _, proof = made["credential"].split(".")
        other = there.certificate(person)["credential"].split(".")[1]
        return there.file(person, certificates=[made | {"credential": f"{head}.{other}.{proof}"}])
    if name == "line without a date":
        return there.file(person, classes=[there.training(ends_on="2026-02-30")])
    return good


@pytest.mark.parametrize(("name", "refused"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_what_is_refused_says_why(
    session: Session,
    there: Elsewhere,
    me: Actor,
    person: Person,
    name: str,
    refused: type[carry.ImportRefused],
) -> None:
    content = bad_file(name, session, there, person)
    with pytest.raises(refused) as found:
        hand_in(session, me, content)
    assert type(found.value) is refused
    assert "{" not in sentence_for(found.value)
    assert session.scalar(select(func.count(ArchiveImportLine.id))) == 0


def test_an_older_file_than_the_one_taken_is_refused(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    old = there.file(person, classes=[there.training()], at=NOW - timedelta(days=3))
    take_all(session, me, hand_in(session, me, there.file(person)))
    with pytest.raises(carry.NewerTaken):
        hand_in(session, me, old)


def test_of_two_files_that_lie_open_the_older_is_not_taken_after_the_newer(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    old = there.file(person, classes=[there.training()], at=NOW - timedelta(days=3))
    first, second = hand_in(session, me, old), hand_in(session, me, there.file(person))
    take_all(session, me, second)
    with pytest.raises(carry.NewerTaken):
        take_all(session, me, first)
    assert carried(session, person) == []
    archive_import.drop(session, me, import_id=first, now=NOW)


def test_a_certificate_of_a_school_that_we_do_not_know_yet_needs_a_newer_page(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    there.school, there.school_kid = new_key()
    file = there.file(person, certificates=[there.certificate(person)])
    assert archive_import.whom_to_ask(session, me, content=file, now=NOW).url == there.url
    made = archive_import.open_import(session, me, content=file, fetched=there.fetched(), now=NOW)
    assert words(session, made) == [("conflict", "key_unknown")]

    archive_import.drop(session, me, import_id=made, now=NOW)
    there.publish(there.school, there.school_kid, "school")
    made = archive_import.open_import(session, me, content=file, fetched=there.fetched(), now=NOW)
    assert words(session, made) == [("new", "new")]


def test_a_certificate_of_a_compromised_key_needs_an_officer(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    there.page_keys[1] |= {"exp": 1_750_000_000, "revoked": {"revoked_at": 1_750_000_000}}
    trust(session, there)
    file = there.file(person, certificates=[there.certificate(person)])
    made = hand_in(session, me, file, fetched=there.fetched())
    assert words(session, made) == [("conflict", "key")]


def test_a_key_that_came_with_a_newer_page_is_known_once_it_was_fetched(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    old = there.file(person)
    there.page_keys[0]["exp"] = int(NOW.timestamp())
    there.own, there.kid = new_key()
    there.publish(there.own, there.kid, "portal")
    new = there.file(person, at=NOW)

    ask = archive_import.whom_to_ask(session, me, content=new, now=NOW)
    assert ask.url == there.url
    with pytest.raises(carry.Tampered):
        archive_import.open_import(session, me, content=new, fetched=Fetched(), now=NOW)
    assert archive_import.open_import(
        session, me, content=new, fetched=Fetched(there.page()), now=NOW
    )
    # What the rotated key signed before is still good.
    assert hand_in(session, me, old)


def test_nobody_makes_us_fetch_with_a_file_that_nobody_signed(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    plain = json.loads(there.file(person, classes=[there.training()]))
    plain["classes"][0]["hours"] = 1
    with pytest.raises(carry.Tampered):
        archive_import.whom_to_ask(session, me, content=json.dumps(plain).encode(), now=NOW)


def test_a_person_hands_in_so_many_files_a_day(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    for hours in range(20):
        hand_in(session, me, there.file(person, classes=[there.training(hours=hours)]))
    with pytest.raises(carry.TooManyImports):
        hand_in(session, me, there.file(person))


CONFLICTS: list[tuple[dict[str, Any], str]] = [
    ({"hours": 21}, "hours"),
    ({"occupation_code": "9-99-99-99"}, "occupation"),
]


@pytest.mark.parametrize(("changes", "why"), CONFLICTS, ids=[row[1] for row in CONFLICTS])
def test_a_training_that_contradicts_itself_is_not_taken(
    session: Session,
    there: Elsewhere,
    me: Actor,
    person: Person,
    changes: dict[str, Any],
    why: str,
) -> None:
    trust(session, there)
    made = hand_in(session, me, there.file(person, classes=[there.training(**changes)]))
    assert words(session, made) == [("conflict", why)]
    line = lines_of(session, made)[0]
    archive_import.decide(session, me, import_id=made, take={line.id}, ask=set(), now=NOW)
    assert carried(session, person) == []


def test_a_training_on_the_days_of_a_class_here_is_a_conflict(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    of = make.make_class(session)
    enrolment = make.enrol(session, person, of)
    day = of.starts_on.isoformat()
    training = there.training(starts_on=day, ends_on=day)
    made = hand_in(session, me, there.file(person, classes=[training]))
    assert words(session, made) == [("conflict", "overlap")]
    assert lines_of(session, made)[0].against_id == enrolment.id


def test_two_trainings_side_by_side_of_one_portal_are_its_own_affair(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    made = hand_in(session, me, there.file(person, classes=[there.training(), there.training()]))
    take_all(session, me, made)
    assert len(carried(session, person)) == 2


def test_a_training_that_is_held_here_too_is_a_duplicate(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    school = make.make_institution(session)
    of = make.make_class(session, institution=school)
    make.enrol(session, person, of)
    training = there.training(
        title=of.title,
        institution_uscc=school.uscc,
        starts_on=of.starts_on.isoformat(),
        ends_on=of.ends_on.isoformat(),
    )
    made = hand_in(session, me, there.file(person, classes=[training]))
    assert words(session, made) == [("duplicate", "here")]


def test_another_name_makes_every_line_a_conflict(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    name, person.name = person.name, "李大明"
    file = there.file(person, classes=[there.training()], certificates=[there.certificate(person)])
    person.name = name
    made = hand_in(session, me, file, fetched=there.fetched())
    assert words(session, made) == [("conflict", "name"), ("conflict", "name")]


def test_somebody_elses_certificate_in_an_own_file_is_a_conflict(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    other = there.certificate(make.make_person(session))
    made = hand_in(session, me, there.file(person, certificates=[other]), fetched=there.fetched())
    assert words(session, made) == [("conflict", "name")]


def test_a_revoked_certificate_cannot_be_taken(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    there.revoke(7)
    file = there.file(person, certificates=[there.certificate(person)])
    made = hand_in(session, me, file, fetched=there.fetched())
    assert words(session, made) == [("revoked", "revoked")]
    take_all(session, me, made)
    assert carried(session, person) == []


@pytest.mark.parametrize(("index", "why"), [(None, "no_status"), (7, "unknown_status")])
def test_a_certificate_of_which_nobody_can_say_whether_it_holds_needs_an_officer(
    session: Session, there: Elsewhere, me: Actor, person: Person, index: int | None, why: str
) -> None:
    trust(session, there)
    file = there.file(person, certificates=[there.certificate(person, index=index)])
    made = hand_in(session, me, file, fetched=Fetched(there.page()))
    assert words(session, made) == [("conflict", why)]


def test_another_version_of_a_taken_training_needs_an_officer_and_supersedes(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    first = there.training()
    take_all(session, me, hand_in(session, me, there.file(person, classes=[first])))
    later = there.training(root=first["root"], hours=16)
    made = hand_in(session, me, there.file(person, classes=[later], at=NOW))
    assert words(session, made) == [("conflict", "changed")]
    take_all(session, me, made)
    (line,) = lines_of(session, made)
    assert line.state == "asked"

    officer = make.make_actor(session, Role.OFFICER, region_code="000000")
    import_conflicts.decide(
        session, officer, line_id=line.id, accept=True, reason="已向对方核实", now=NOW
    )
    (entry,) = carried(session, person)
    assert entry.hours == 16
    assert entry.supersedes is not None


def test_a_certificate_number_with_other_content_here_is_a_conflict(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    first, second = there.certificate(person, number="PX1"), there.certificate(person, number="PX1")
    made = hand_in(session, me, there.file(person, certificates=[first]), fetched=there.fetched())
    take_all(session, me, made)
    made = hand_in(session, me, there.file(person, certificates=[second], at=NOW))
    assert words(session, made) == [("conflict", "changed")]


def test_an_officer_refuses_with_a_reason_that_the_owner_reads(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    made = hand_in(session, me, there.file(person, classes=[there.training(hours=30)]))
    take_all(session, me, made)
    officer = make.make_actor(session, Role.OFFICER, region_code="000000")
    (asked,) = import_conflicts.asked(session, officer, now=NOW)
    assert asked.holder_masked == "王*强"

    import_conflicts.decide(
        session, officer, line_id=asked.line_id, accept=False, reason="课时超过计划", now=NOW
    )
    assert import_conflicts.asked(session, officer, now=NOW) == ()
    (line,) = import_views.one(session, me, import_id=made, now=NOW).lines
    assert (line.state, line.note) == ("refused", "课时超过计划")
    assert carried(session, person) == []


def test_an_officer_of_another_region_decides_nothing(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    person.residence_region = "370100"
    made = hand_in(session, me, there.file(person, classes=[there.training(hours=30)]))
    take_all(session, me, made)
    officer = make.make_actor(session, Role.OFFICER, region_code="650400")
    assert import_conflicts.asked(session, officer, now=NOW) == ()
    (line,) = lines_of(session, made)
    with pytest.raises(NotFound):
        import_conflicts.decide(
            session, officer, line_id=line.id, accept=True, reason="不在辖区", now=NOW
        )


def test_a_certificate_revoked_later_is_revoked_in_the_archive_too(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    portal_id = trust(session, there)
    file = there.file(person, certificates=[there.certificate(person)])
    take_all(session, me, hand_in(session, me, file, fetched=there.fetched()))
    refresh = partial(import_refresh.refresh, session, SYSTEM, portal_id=portal_id)
    assert refresh(fetched=there.fetched(), now=NOW) == 0

    there.revoke(7)
    assert refresh(fetched=there.fetched(), now=NOW) == 1
    assert refresh(fetched=there.fetched(), now=NOW) == 0
    (entry,) = carried(session, person)
    assert (entry.kind, entry.detail["status"]) == ("revocation", "revoked")
    assert archive_chain.verify_chain(session, person.id) is None


def test_only_the_owner_sees_and_decides(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    made = hand_in(session, me, there.file(person, classes=[there.training()]))
    other = make.make_actor(session, Role.TRAINEE)
    with pytest.raises(NotFound):
        import_views.one(session, other, import_id=made, now=NOW)
    with pytest.raises(NotFound):
        take_all(session, other, made)
    with pytest.raises(Unauthenticated):
        take_all(session, ANONYMOUS, made)
    with pytest.raises(Forbidden):
        import_views.home(session, keeper(session), now=NOW)


def test_a_portal_withdrawn_since_the_preview_gives_nothing_more(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    portal_id = trust(session, there)
    made = hand_in(session, me, there.file(person, classes=[there.training()]))
    trusted_portals.withdraw(
        session, keeper(session), portal_id=portal_id, reason="不再互认", now=NOW
    )
    with pytest.raises(carry.PortalWithdrawn):
        take_all(session, me, made)


def test_every_step_is_audited_without_the_holders_data(
    session: Session, there: Elsewhere, me: Actor, person: Person
) -> None:
    trust(session, there)
    take_all(session, me, hand_in(session, me, there.file(person, classes=[there.training()])))
    rows = session.scalars(
        select(AuditEvent).where(AuditEvent.action.like("archive.import%"))
    ).all()
    assert {row.action for row in rows} == {"archive.import_read", "archive.import"}
    assert all(t(f"admin.action.{row.action}") for row in rows)
    assert person.name not in str([row.detail for row in rows])


def test_two_confirmations_at_once_take_a_line_once(engine: Engine) -> None:
    there = Elsewhere(url="https://race.example")
    with Session(engine, expire_on_commit=False) as session:
        trust(session, there)
        me = make.make_actor(session, Role.TRAINEE)
        person = session.get_one(Person, me.the_person())
        training = there.training()
        # Two files that hold the same line: two previews, open side by side. Neither is newer,
        # which would be a reason to refuse the other.
        files = [there.file(person, classes=[training], at=NOW) for _ in range(2)]
        previews = [hand_in(session, me, file) for file in files]
        session.commit()
        ids = [lines_of(session, made)[0].id for made in previews]

    def decide(made: UUID, line: UUID, session: Session) -> None:
        archive_import.decide(session, me, import_id=made, take={line}, ask=set(), now=NOW)

    acts = [partial(decide, made, line) for made, line in zip(previews, ids, strict=True)] * 4
    answers = together([partial(in_transaction, act) for act in acts])
    assert answers == [None] * 8
    with Session(engine) as session:
        taken = select(func.count(ArchiveEntry.id)).where(ArchiveEntry.person_id == person.id)
        assert session.scalar(taken) == 1
        states = sorted(line.state for made in previews for line in lines_of(session, made))
        assert states == ["left", "taken"]


def test_the_same_file_at_once_makes_one_preview(engine: Engine) -> None:
    there = Elsewhere(url="https://twice.example")
    with Session(engine, expire_on_commit=False) as session:
        trust(session, there)
        me = make.make_actor(session, Role.TRAINEE)
        file = there.file(session.get_one(Person, me.the_person()), classes=[there.training()])
        session.commit()

    def upload(session: Session) -> UUID:
        return hand_in(session, me, file)

    answers = together([partial(in_transaction, upload)] * 6)
    assert len(set(answers)) == 1

"""Complaints: anybody, also without a name; receipt and secret; deadlines; who sees what."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Complaint
from portal.domain.case_errors import SaidBefore, WrongReceipt
from portal.domain.errors import BadInput, Forbidden, NotFound, TooManyAttempts
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services.casework import complaint_desk, complaints, own_cases
from portal.services.casework.complaints import ComplaintForm, OwnComplaint, Sent
from tests.support import factories as make
from tests.support.casework import NOW, Bureau, later

HERE = b"here"
TEXT = "老师三次没有来上课，签到照样打勾"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    complaints.forget_tries()


@pytest.fixture
def bureau(session: Session) -> Bureau:
    return Bureau(session)


def form(nonce: str = "a" * 32, **fields: Any) -> ComplaintForm:
    values: dict[str, Any] = {
        "nonce": nonce,
        "kind": "teaching",
        "region_code": "650402",
        "about": "示例职业培训学校",
        "text": TEXT,
        "name": "古丽",
        "phone": "13900000001",
    }
    return ComplaintForm(**values | fields)


def send(bureau: Bureau, actor: Actor = ANONYMOUS, **fields: Any) -> Sent:
    return complaints.send(bureau.session, actor, form=form(**fields), source=HERE, now=NOW)


def id_of(bureau: Bureau, sent: Sent) -> UUID:
    query = select(Complaint.id).where(Complaint.receipt == sent.receipt)
    return bureau.session.scalars(query).one()


def look(bureau: Bureau, sent: Sent, now: Any = NOW) -> OwnComplaint:
    return complaints.look_up(
        bureau.session, ANONYMOUS, receipt=sent.receipt, secret=sent.secret, source=HERE, now=now
    )


def take(bureau: Bureau, complaint_id: UUID, actor: Actor | None = None) -> None:
    complaint_desk.take(
        bureau.session, actor or bureau.one, complaint_id=complaint_id, note="", now=NOW
    )


def answer(bureau: Bureau, complaint_id: UUID) -> None:
    complaint_desk.answer(
        bureau.session,
        bureau.one,
        complaint_id=complaint_id,
        text="已经核实，机构补课三次",
        now=NOW,
    )


def test_anybody_complains_and_reads_the_answer_with_receipt_and_secret(bureau: Bureau) -> None:
    sent = send(bureau)
    number = id_of(bureau, sent)
    take(bureau, number)
    answer(bureau, number)
    shown = look(bureau, sent)
    assert (shown.state, shown.text, shown.can_judge) == ("answered", TEXT, True)
    assert [one.kind for one in shown.said] == ["accept", "answer"]


def test_the_form_sent_twice_is_one_complaint(bureau: Bureau) -> None:
    assert send(bureau) == send(bureau)
    assert send(bureau, nonce="b" * 32) != send(bureau)


def test_nothing_readable_lies_in_the_table(bureau: Bureau) -> None:
    send(bureau)
    bureau.session.flush()
    for table in ("complaint", "complaint_message"):
        rows = bureau.session.execute(text(f"SELECT CAST(t AS text) FROM {table} t")).scalars()
        for row in rows:
            assert "古丽" not in row
            assert "13900000001" not in row
            assert TEXT not in row


@pytest.mark.parametrize(
    ("receipt", "secret"), [("", "AAAAAAAA"), ("same", "AAAAAAAA"), ("same", "")]
)
def test_without_the_secret_nothing_opens(bureau: Bureau, receipt: str, secret: str) -> None:
    sent = send(bureau)
    with pytest.raises((WrongReceipt, BadInput)):
        complaints.look_up(
            bureau.session, ANONYMOUS, receipt=sent.receipt if receipt else "ABC", secret=secret,
            source=HERE, now=NOW,
        )  # fmt: skip


def test_guessing_a_secret_is_slowed_down_from_however_many_places(bureau: Bureau) -> None:
    sent = send(bureau)

    def guess(place: int) -> None:
        complaints.look_up(
            bureau.session,
            ANONYMOUS,
            receipt=sent.receipt,
            secret="22222222",
            source=bytes([place]),
            now=NOW,
        )

    for place in range(8):
        with pytest.raises(WrongReceipt):
            guess(place)
    with pytest.raises(TooManyAttempts):
        guess(9)


def test_one_place_cannot_flood_the_office(bureau: Bureau) -> None:
    for number in range(6):
        send(bureau, nonce=f"{number:032d}")
    with pytest.raises(TooManyAttempts):
        send(bureau, nonce="d" * 32)
    complaints.send(bureau.session, ANONYMOUS, form=form("c" * 32), source=b"there", now=NOW)


def test_whoever_wants_to_stay_unknown_leaves_neither_name_nor_login(bureau: Bureau) -> None:
    actor = make.make_actor(bureau.session)
    sent = send(bureau, actor, unknown=True)
    row = bureau.session.get_one(Complaint, id_of(bureau, sent))
    assert (row.name_enc, row.phone_enc, row.person_id) == (None, None, None)
    lines = bureau.session.scalars(
        select(AuditEvent).where(AuditEvent.object_id == str(row.id))
    ).all()
    assert [line.actor_account_id for line in lines] == [None]


def test_names_are_masked_until_a_reason_is_given_and_reads_are_written_down(
    bureau: Bureau,
) -> None:
    number = id_of(bureau, send(bureau))
    view = complaint_desk.complaint(bureau.session, bureau.one, complaint_id=number, now=NOW)
    assert "古丽" not in repr(view)
    assert view.has_phone
    with pytest.raises(BadInput):
        complaint_desk.contact(bureau.session, bureau.one, complaint_id=number, reason="", now=NOW)
    shown = complaint_desk.contact(
        bureau.session, bureau.one, complaint_id=number, reason="电话核实情况", now=NOW
    )
    assert (shown.name, shown.phone) == ("古丽", "13900000001")
    acts = bureau.session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_id == str(number))
    ).all()
    assert acts == ["complaint.send", "complaint.read", "complaint.contact"]


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.REVIEWER])
def test_nobody_but_officers_reads_complaints(bureau: Bureau, role: Role) -> None:
    number = id_of(bureau, send(bureau))
    kwargs = {"institution": bureau.school} if role is Role.MANAGER else {}
    actor = make.make_actor(bureau.session, role, **kwargs)
    for act in (
        lambda: complaint_desk.listed(bureau.session, actor, now=NOW),
        lambda: complaint_desk.complaint(bureau.session, actor, complaint_id=number, now=NOW),
        lambda: complaint_desk.contact(
            bureau.session, actor, complaint_id=number, reason="想知道是谁", now=NOW
        ),
    ):
        with pytest.raises(Forbidden):
            act()


def test_an_officer_elsewhere_finds_nothing_until_it_is_passed_on(bureau: Bureau) -> None:
    number = id_of(bureau, send(bureau))
    with pytest.raises(NotFound):
        take(bureau, number, bureau.elsewhere)
    complaint_desk.forward(
        bureau.session, bureau.one, complaint_id=number, region_code="430100", why="机构在长沙",
        now=NOW,
    )  # fmt: skip
    with pytest.raises(NotFound):
        take(bureau, number)
    take(bureau, number, bureau.elsewhere)
    row = bureau.session.get_one(Complaint, number)
    assert (row.region_code, row.state) == ("430100", "accepted")


def test_the_complainant_never_reads_notes_of_the_office(bureau: Bureau) -> None:
    sent = send(bureau)
    number = id_of(bureau, sent)
    complaint_desk.name_institution(
        bureau.session, bureau.one, complaint_id=number, institution_id=bureau.school.id, now=NOW
    )
    assert look(bureau, sent).said == ()


def test_the_days_run_by_working_days_and_rest_while_we_ask(bureau: Bureau) -> None:
    sent = send(bureau)
    number = id_of(bureau, sent)
    row = bureau.session.get_one(Complaint, number)
    assert row.due_on.isoformat() == "2026-12-08"
    take(bureau, number)
    assert row.due_on.isoformat() == "2026-12-22"
    complaint_desk.ask_back(
        bureau.session, bureau.one, complaint_id=number, text="是哪三天？", now=NOW
    )
    late = later(60)[0]
    (listed,) = complaint_desk.listed(bureau.session, bureau.one, show="asked", now=late).items
    assert not listed.late
    complaints.reply(
        bureau.session, ANONYMOUS, receipt=sent.receipt, secret=sent.secret, text="上周三四五",
        source=HERE, now=NOW + timedelta(days=1),
    )  # fmt: skip
    (listed,) = complaint_desk.listed(bureau.session, bureau.one, now=late).items
    assert listed.late


def judge(bureau: Bureau, sent: Sent, *, satisfied: bool, why: str = "") -> OwnComplaint:
    return complaints.judge(
        bureau.session, ANONYMOUS, receipt=sent.receipt, secret=sent.secret,
        satisfied=satisfied, why=why, source=HERE, now=NOW,
    )  # fmt: skip


def test_a_no_opens_it_again_once(bureau: Bureau) -> None:
    sent = send(bureau)
    number = id_of(bureau, sent)
    with pytest.raises(SaidBefore):
        judge(bureau, sent, satisfied=True)
    take(bureau, number)
    answer(bureau, number)
    with pytest.raises(BadInput):
        judge(bureau, sent, satisfied=False)
    assert judge(bureau, sent, satisfied=False, why="没有补课").state == "accepted"
    answer(bureau, number)
    assert not look(bureau, sent).can_reopen
    assert judge(bureau, sent, satisfied=False, why="还是没有补课").state == "closed"


def test_a_case_from_a_complaint_tells_the_institution_nothing_of_it(bureau: Bureau) -> None:
    number = id_of(bureau, send(bureau))
    with pytest.raises(BadInput):
        bureau.case(source="complaint", source_id=number, institution_id=None)
    complaint_desk.name_institution(
        bureau.session, bureau.one, complaint_id=number, institution_id=bureau.school.id, now=NOW
    )
    case_id = bureau.case(source="complaint", source_id=number, institution_id=None, summary=TEXT)
    assert bureau.session.get_one(Complaint, number).case_id == case_id
    bureau.hear(case_id)
    shown = own_cases.own_cases(bureau.session, bureau.manager, now=NOW)
    assert TEXT not in repr(shown)
    assert "complaint" not in repr(shown)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "nonsense"},
        {"region_code": "999999"},
        {"text": "短"},
        {"text": "长" * 2_001},
        {"nonce": "short"},
        {"name": "名" * 60},
    ],
)
def test_what_cannot_be_taken_is_named(bureau: Bureau, fields: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        send(bureau, **fields)

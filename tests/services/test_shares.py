"""Share links: what their owner chose is shown, nothing else is kept or told."""

import base64
import json
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, AuditEvent, Certificate, ShareLink, ShareView
from portal.db.vault import get_vault
from portal.documents import sd_jwt, signature
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.services import (
    archive_chain,
    issuance,
    issuers,
    share_check,
    share_fields,
    share_form,
    share_views,
    shares,
)
from portal.services.share_check import check_presentation, with_states
from portal.services.share_fields import ALL, Choice, check_choice
from portal.services.share_shown import Shown
from portal.services.unit import as_actor
from tests.support.acts import together
from tests.support.certificates import issue, learned, put_on_record
from tests.support.factories import NOW, make_actor, person_of


@pytest.fixture
def owner(session: Session) -> Actor:
    actor = make_actor(session)
    person_of(session, actor).birth_date = date(1990, 5, 6)
    session.flush()
    return actor


def choose(
    *,
    certificates: Iterable[Certificate] = (),
    classes: Iterable[Any] = (),
    fields: Iterable[str] = ALL,
    days: int = 7,
    code: str = "",
) -> Choice:
    return check_choice(
        certificates=[one.id for one in certificates],
        classes=[one.id for one in classes],
        fields=list(fields),
        days=str(days),
        code=code,
        title="给某某公司",
    )


def token_of(link: shares.LinkView) -> str:
    return link.url.rpartition("/")[2]


def look(
    session: Session,
    link: shares.LinkView,
    now: datetime,
    *,
    code: str | None = None,
    device: str = "android",
) -> share_views.Opened:
    return share_views.open_link(
        session, ANONYMOUS, token=token_of(link), code=code, device=device, now=now
    )


def page_of(found: share_views.Opened) -> Shown:
    assert found.outcome == "shown"
    assert found.page is not None
    return found.page


def texts(page: Shown) -> set[str]:
    groups = [page.holder, page.totals, *(one.lines for one in page.certificates + page.classes)]
    return {line.text for group in groups for line in group}


def test_others_see_exactly_the_preview(session: Session, owner: Actor, now: datetime) -> None:
    made = put_on_record(session, owner, now)
    choice = choose(
        certificates=[issue(session, owner, now), made],
        classes=[learned(session, owner, now)],
    )
    preview = shares.preview(session, owner, choice=choice, now=now)
    link = shares.make(session, owner, choice=choice, now=now)
    assert page_of(look(session, link, now)) == preview
    assert [one.heading for one in preview.certificates] == ["电工(五级)", "电工"]
    expected = {"王小强", "1990 年", "40 课时", "高昌焊接学校", "四级/中级工", made.number}
    assert expected <= texts(preview)


def test_what_was_not_chosen_is_nowhere(session: Session, owner: Actor, now: datetime) -> None:
    made = put_on_record(session, owner, now)
    lesson = learned(session, owner, now)
    fields = ["certificates.occupation", "certificates.level", "classes.hours", "holder.nameMasked"]
    choice = choose(certificates=[made], classes=[lesson], fields=fields)
    link = shares.make(session, owner, choice=choice, now=now)
    found = look(session, link, now)
    row = session.get_one(ShareLink, link.id)
    sealed = get_vault().open("share_presentation", row.presentation_enc)
    parts = [base64.urlsafe_b64decode(p + "===").decode("utf-8", "replace") for p in bits(sealed)]
    columns = [str(getattr(row, name)) for name in ShareLink.__table__.c.keys()]  # noqa: SIM118
    everything = "".join([repr(found), sealed, *parts, *columns])
    assert "电工" in everything
    assert "王*强" in everything
    hidden = (made.number, made.institution_name, "王小强", "1990", lesson.title, "焊接学校")
    assert [word for word in hidden if word and word in everything] == []


def bits(sealed: str) -> list[str]:
    """Every part of a sealed excerpt that is base64url."""
    presentation = json.loads(sealed)["presentation"]
    jwt, *disclosures, _ = presentation.split("~")
    return [*jwt.split(".")[:2], *disclosures]


def test_hidden_fields_cannot_be_found_by_trying(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    choice = choose(certificates=[made], fields=["certificates.title"])
    link = shares.make(session, owner, choice=choice, now=now)
    presentation = look(session, link, now).presentation
    jwt, told, _ = presentation.split("~")
    body = json.loads(base64.urlsafe_b64decode(jwt.split(".")[1] + "=="))
    [certificate] = body["certificates"]
    assert len(certificate["_sd"]) == len(body["holder"]["_sd"]) == share_fields.DIGESTS
    # Whoever knows the value and the salt of another field learns nothing of this one.
    salt = json.loads(base64.urlsafe_b64decode(told + "=="))[0]
    assert len(base64.urlsafe_b64decode(salt + "==")) == 16
    tried = sd_jwt.digest_of(
        base64.urlsafe_b64encode(json.dumps([salt, "level", "三级/高级工"]).encode())
        .rstrip(b"=")
        .decode()
    )
    assert tried not in certificate["_sd"]


def test_the_row_bears_neither_link_nor_code(session: Session, owner: Actor, now: datetime) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made], code="4711"), now=now)
    row = session.execute(
        text("SELECT share_link::text FROM share_link WHERE id = :id"), {"id": link.id}
    ).scalar_one()
    assert token_of(link) not in row
    assert token_of(link).encode().hex() not in row
    # Sealed bytes are printed as hexadecimal digits, among which any four may stand by chance.
    assert "4711" not in re.sub(r"[0-9a-f-]{32,}", "", row)
    traces = session.scalars(select(AuditEvent).where(AuditEvent.object_id == str(link.id)))
    assert all(token_of(link) not in str(vars(trace)) for trace in traces)


def test_no_two_links_share_a_token_or_a_salt(
    session: Session, owner: Actor, now: datetime
) -> None:
    choice = choose(certificates=[put_on_record(session, owner, now)])
    one, two = (shares.make(session, owner, choice=choice, now=now) for _ in range(2))
    assert one.url != two.url
    assert len(token_of(one)) >= 27
    first, second = (look(session, link, now).presentation.split("~") for link in (one, two))
    assert set(first) & set(second) == {""}


def test_a_revoked_certificate_shows_as_revoked(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = issue(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    state = page_of(look(session, link, now)).certificates[0].state
    assert state is not None
    assert state.status == "valid"
    officer = make_actor(session, Role.OFFICER)
    number = made.number or ""
    later = now + timedelta(days=1)
    issuance.revoke(session, officer, number=number, reason="考勤造假查实", now=later)
    state = page_of(look(session, link, later)).certificates[0].state
    assert state is not None
    assert (state.status, state.reason, state.since) == (
        "revoked",
        "考勤造假查实",
        date(2026, 12, 2),
    )


def test_an_expired_certificate_shows_as_expired(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now, expires_on=date(2026, 12, 3))
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    state = page_of(look(session, link, now + timedelta(days=3))).certificates[0].state
    assert state is not None
    assert (state.status, state.since) == ("expired", date(2026, 12, 3))


def test_a_version_that_was_replaced_says_so(session: Session, owner: Actor, now: datetime) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    made.status, made.replaced_at = "replaced", now
    session.flush()
    state = page_of(look(session, link, now)).certificates[0].state
    assert state is not None
    assert state.status == "replaced"


def test_a_record_that_was_tampered_with_is_not_vouched_for(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    made.level = 8
    session.flush()
    state = page_of(look(session, link, now)).certificates[0].state
    assert state is not None
    assert state.status == "unknown"


def test_a_class_line_put_right_since_says_so(
    session: Session, owner: Actor, now: datetime
) -> None:
    lesson = learned(session, owner, now)
    link = shares.make(session, owner, choice=choose(classes=[lesson]), now=now)
    assert not page_of(look(session, link, now)).classes[0].changed
    learned(
        session,
        owner,
        now,
        kind=archive_chain.CORRECTION,
        ref_id=lesson.id,
        hours=36,
        supersedes=lesson.id,
    )
    shown = page_of(look(session, link, now)).classes[0]
    assert shown.changed
    assert "40 课时" in {line.text for line in shown.lines}


def test_totals_count_what_is_on_record(session: Session, owner: Actor, now: datetime) -> None:
    learned(session, owner, now)
    learned(session, owner, now, hours=8)
    put_on_record(session, owner, now)
    put_on_record(session, owner, now, expires_on=date(2026, 11, 30))
    fields = ["totals.trainings", "totals.hours", "totals.certificates"]
    page = shares.preview(session, owner, choice=choose(fields=fields), now=now)
    assert [line.text for line in page.totals] == ["2 次", "48 课时", "1 本"]
    assert not page.holder


def test_a_link_ends_when_its_time_is_over(session: Session, owner: Actor, now: datetime) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made], days=1), now=now)
    assert look(session, link, now + timedelta(hours=23, minutes=59)).outcome == "shown"
    gone = look(session, link, now + timedelta(days=1))
    assert (gone.outcome, gone.page, gone.presentation) == ("expired", None, "")


def test_revoking_ends_a_link_at_once_and_destroys_what_it_showed(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    shares.revoke(session, owner, link_id=link.id, now=now)
    shares.revoke(session, owner, link_id=link.id, now=now + timedelta(days=1))
    assert look(session, link, now).outcome == "revoked"
    row = session.get_one(ShareLink, link.id)
    assert (row.presentation_enc, row.token_enc, row.revoked_at) == (b"", b"", now)
    assert [view.state for view in shares.my_links(session, owner, now=now)] == ["revoked"]


def test_what_ended_is_wiped_by_the_clock(session: Session, owner: Actor, now: datetime) -> None:
    made = put_on_record(session, owner, now)
    over = shares.make(session, owner, choice=choose(certificates=[made], days=1), now=now)
    live = shares.make(session, owner, choice=choose(certificates=[made], days=7), now=now)
    later = now + timedelta(days=2)
    shares.wipe_ended(session, SYSTEM, now=later)
    session.expire_all()
    assert session.get_one(ShareLink, over.id).presentation_enc == b""
    assert look(session, live, later).outcome == "shown"
    assert look(session, over, later).outcome == "expired"
    states = [one.state for one in shares.my_links(session, owner, now=later)]
    assert states == ["live", "expired"]
    with pytest.raises(Forbidden):
        shares.wipe_ended(session, owner, now=later)


@pytest.mark.parametrize("token", ["", "x", "a" * 27, "../../etc", "字" * 27, "a" * 500])
def test_an_unknown_token_leaves_no_trace(session: Session, token: str, now: datetime) -> None:
    found = share_views.open_link(
        session, ANONYMOUS, token=token, code=None, device="other", now=now
    )
    assert found == share_views.Opened("unknown")
    assert session.scalars(select(ShareView)).all() == []


def test_a_code_opens_and_a_wrong_one_does_not(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made], code="4711"), now=now)
    assert look(session, link, now) == share_views.Opened("code_asked")
    assert look(session, link, now, code="4712") == share_views.Opened("wrong_code", tries_left=4)
    assert look(session, link, now, code=" 4711 ").outcome == "shown"
    assert session.get_one(ShareLink, link.id).tries == 0


def test_five_wrong_codes_rest_the_link_for_an_hour(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made], code="4711"), now=now)
    outcomes = [look(session, link, now, code="0000").outcome for _ in range(5)]
    assert outcomes == ["wrong_code"] * 4 + ["locked"]
    almost = now + timedelta(minutes=59)
    assert look(session, link, almost, code="4711").outcome == "locked"
    assert look(session, link, now + timedelta(minutes=61), code="4711").outcome == "shown"


def test_twenty_wrong_codes_close_the_link_for_good(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made], code="4711"), now=now)
    outcomes = [
        look(session, link, now + timedelta(hours=2 * (n // 5), seconds=n), code="0000").outcome
        for n in range(20)
    ]
    assert outcomes == (["wrong_code"] * 4 + ["locked"]) * 3 + ["wrong_code"] * 4 + ["closed"]
    later = now + timedelta(days=3)
    assert look(session, link, later, code="4711").outcome == "closed"


def test_visitors_who_know_the_code_give_a_guesser_no_new_tries(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    choice = choose(certificates=[made], code="4711", days=30)
    link = shares.make(session, owner, choice=choice, now=now)
    outcomes = []
    for day in range(1, 5):
        for _ in range(5):
            look(session, link, now + timedelta(days=day), code="0000")
        later = now + timedelta(days=day, hours=2)
        outcomes.append(look(session, link, later, code="4711").outcome)
    assert outcomes == ["shown", "shown", "shown", "closed"]


def test_guesses_sent_all_at_once_count_one_by_one(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        owner = make_actor(session)
        made = put_on_record(session, owner, NOW)
        choice = choose(certificates=[made], code="4711")
        link = shares.make(session, owner, choice=choice, now=NOW)
        session.commit()

    def guess() -> share_views.Opened:
        return as_actor(
            share_views.open_link,
            ANONYMOUS,
            token=token_of(link),
            code="0000",
            device="other",
            now=NOW,
        )

    outcomes = [
        one.outcome for one in together([guess] * 12) if isinstance(one, share_views.Opened)
    ]
    assert sorted(outcomes) == ["locked"] * 8 + ["wrong_code"] * 4
    with Session(engine) as session:
        assert session.get_one(ShareLink, link.id).tries == 5


def test_the_owner_sees_when_and_on_what_a_link_was_opened(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    look(session, link, now, device="wechat")
    look(session, link, now + timedelta(minutes=4), device="wechat")
    look(session, link, now + timedelta(minutes=4), device="windows")
    look(session, link, now + timedelta(days=8), device="windows")
    visits = share_views.visits_of(session, owner, link_id=link.id)
    assert visits.shown == 2
    assert [(one.device, one.outcome) for one in visits.latest] == [
        ("windows", "expired"),
        ("windows", "shown"),
        ("wechat", "shown"),
    ]
    with pytest.raises(NotFound):
        share_views.visits_of(session, make_actor(session), link_id=link.id)


def test_only_the_owner_may_share_and_take_back(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    lesson = learned(session, owner, now)
    stranger = make_actor(session)
    for choice in (choose(certificates=[made]), choose(classes=[lesson])):
        with pytest.raises(NotFound):
            shares.preview(session, stranger, choice=choice, now=now)
        with pytest.raises(NotFound):
            shares.make(session, stranger, choice=choice, now=now)
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    with pytest.raises(NotFound):
        shares.revoke(session, stranger, link_id=link.id, now=now)
    with pytest.raises(NotFound):
        shares.link_qr(session, stranger, link_id=link.id, now=now)
    officer = make_actor(session, Role.OFFICER)
    with pytest.raises(Forbidden):
        shares.make(session, officer, choice=choose(certificates=[made]), now=now)
    with pytest.raises(Forbidden):
        shares.my_links(session, officer, now=now)


def test_a_merged_record_is_its_owners_too(session: Session, owner: Actor, now: datetime) -> None:
    other = make_actor(session)
    made = put_on_record(session, other, now)
    person_of(session, other).merged_into = owner.the_person()
    session.flush()
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    assert page_of(look(session, link, now)).certificates[0].heading == "电工"


def test_twenty_live_links_are_enough(session: Session, owner: Actor, now: datetime) -> None:
    choice = choose(certificates=[put_on_record(session, owner, now)], days=1)
    links = [shares.make(session, owner, choice=choice, now=now) for _ in range(20)]
    with pytest.raises(BadInput) as refused:
        shares.make(session, owner, choice=choice, now=now)
    assert refused.value.reason == "shares.too_many_links"
    shares.revoke(session, owner, link_id=links[0].id, now=now)
    shares.make(session, owner, choice=choice, now=now)
    shares.make(session, owner, choice=choice, now=now + timedelta(days=1))


def test_links_made_all_at_once_count_each_other(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        owner = make_actor(session)
        choice = choose(certificates=[put_on_record(session, owner, NOW)])
        for _ in range(17):
            shares.make(session, owner, choice=choice, now=NOW)
        session.commit()
    made = together([lambda: as_actor(shares.make, owner, choice=choice, now=NOW)] * 8)
    assert sum(isinstance(one, shares.LinkView) for one in made) == 3


def test_making_and_taking_back_leave_a_trace(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made]), now=now)
    shares.revoke(session, owner, link_id=link.id, now=now)
    found = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.object_id == str(link.id))
        .order_by(AuditEvent.at)
    )
    assert set(found) == {"share.make", "share.revoke"}


REFUSED = {
    "shares.nothing_chosen": {"fields": ["holder.name"]},
    "shares.choose_days": {"days": "365"},
    "shares.code_form": {"code": "12a4"},
    "shares.too_many_records": {"certificates": [new_id() for _ in range(11)]},
}


@pytest.mark.parametrize(("reason", "changes"), REFUSED.items(), ids=REFUSED.keys())
def test_what_cannot_be_shared_is_refused_in_words(reason: str, changes: dict[str, Any]) -> None:
    values: dict[str, Any] = {
        "certificates": [new_id()],
        "classes": [],
        "fields": ["certificates.title"],
        "days": "7",
        "code": "",
        "title": "",
    }
    with pytest.raises(BadInput) as refused:
        check_choice(**values | changes)
    assert refused.value.reason == reason


@pytest.mark.parametrize("code", ["123", "1234567", "１２３４", "12 34", "-1234"])
def test_a_code_is_four_to_six_digits(code: str) -> None:
    with pytest.raises(BadInput):
        choose(fields=["totals.hours"], code=code)


def test_fields_of_what_was_not_chosen_do_not_count() -> None:
    chosen = choose(fields=[*ALL])
    assert chosen.fields == {
        *("holder.name", "holder.birthYear"),
        *("totals.trainings", "totals.hours", "totals.certificates"),
    }
    with pytest.raises(BadInput):
        choose(fields=["certificates.title"])
    with pytest.raises(BadInput):
        choose(fields=["certificates.holder_salt", "totals.hours"])


def test_the_form_shows_a_page_of_records(session: Session, owner: Actor, now: datetime) -> None:
    for hours in range(1, 15):
        learned(session, owner, now, hours=hours)
    put_on_record(session, owner, now)
    first = share_form.share_form(session, owner, page=0, now=now)
    second = share_form.share_form(session, owner, page=first.earlier, now=now)
    assert (len(first.classes), first.earlier, len(first.certificates)) == (12, 1, 1)
    assert (len(second.classes), second.earlier) == (2, 0)
    assert first.certificates[0].note == "专项职业能力证书 · 2026年11月1日 · 有效"


# What others hand in again.


def handed_in(session: Session, owner: Actor, now: datetime, **kwargs: Any) -> tuple[str, UUID]:
    made = kwargs.pop("made", None) or put_on_record(session, owner, now)
    link = shares.make(session, owner, choice=choose(certificates=[made], **kwargs), now=now)
    return look(session, link, now).presentation, link.id


def test_an_excerpt_is_checked_by_published_keys_alone(
    session: Session, owner: Actor, now: datetime
) -> None:
    presentation, _ = handed_in(session, owner, now)
    keys = issuers.public_keys(session)
    file = json.dumps({"format": share_check.FORMAT, "presentation": presentation})
    for given in (presentation, f" {presentation}\n", file):
        found = check_presentation(given, keys, now=now)
        assert found.verdict == "genuine"
        assert found.page is not None
        assert found.page.certificates[0].state is None
        assert found.signed_at == now
    assert check_presentation(presentation, keys, now=now + timedelta(days=7)).verdict == "expired"


def test_our_register_tells_how_its_certificates_stand(
    session: Session, owner: Actor, now: datetime
) -> None:
    made = issue(session, owner, now)
    presentation, link_id = handed_in(session, owner, now, made=made)
    keys = issuers.public_keys(session)
    found = with_states(session, check_presentation(presentation, keys, now=now), now=now)
    assert found.page is not None
    assert [one.state.status for one in found.page.certificates if one.state] == ["valid"]
    officer = make_actor(session, Role.OFFICER)
    issuance.revoke(session, officer, number=made.number or "", reason="考勤造假", now=now)
    shares.revoke(session, owner, link_id=link_id, now=now)
    found = with_states(session, check_presentation(presentation, keys, now=now), now=now)
    assert found.verdict == "withdrawn"
    assert found.page is not None
    assert [one.state.status for one in found.page.certificates if one.state] == ["revoked"]


def test_forged_excerpts_are_named(session: Session, owner: Actor, now: datetime) -> None:
    presentation, _ = handed_in(session, owner, now)
    keys = issuers.public_keys(session)

    def verdict(text: str, using: Any = keys) -> str:
        return check_presentation(text, using, now=now).verdict

    assert verdict(presentation, []) == "unknown_issuer"
    assert verdict(presentation[:-30] + "A" + presentation[-29:]) == "forged"
    assert verdict(presentation.replace("~", "~~", 1)) == "forged"
    for nonsense in ("", "{", "[]", "x", "{}", '{"format":"training-share/1","presentation":1}'):
        assert verdict(nonsense) == "malformed"


def sign(session: Session, now: datetime, by: Any = None, **changes: Any) -> str:
    key = by or issuers.of_portal(session, now=now)
    frame = {
        "iss": key.issuer_url,
        "vct": shares.VCT,
        "jti": "urn:uuid:x",
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 60,
    }
    body = {name: value for name, value in (frame | changes).items() if value is not None}
    return sd_jwt.present(sd_jwt.issue(body, [], key)[0], [])


ODD = {
    "no end": ({"exp": None}, "malformed"),
    "an endless end": ({"exp": 10**18}, "malformed"),
    "an end that is true": ({"exp": True}, "malformed"),
    "another kind": ({"vct": "urn:other"}, "malformed"),
    "another issuer": ({"iss": "https://other.example"}, "forged"),
    "certificates that are none": ({"certificates": "x"}, "genuine"),
    "a certificate that is none": ({"certificates": [1, {"credentialStatus": 1}]}, "genuine"),
    "a list of others": (
        {"certificates": [{"credentialStatus": {"statusListCredential": "https://x/status/0"}}]},
        "genuine",
    ),
    "a holder that is none": ({"holder": [1], "totals": 3, "classes": {"a": 1}}, "genuine"),
}


@pytest.mark.parametrize(("changes", "verdict"), ODD.values(), ids=ODD.keys())
def test_odd_but_signed_excerpts_do_no_harm(
    session: Session, now: datetime, changes: dict[str, Any], verdict: str
) -> None:
    text = sign(session, now, **changes)
    keys = issuers.public_keys(session)
    found = with_states(session, check_presentation(text, keys, now=now), now=now)
    assert found.verdict == verdict
    if found.page:
        states = [one.state.status for one in found.page.certificates if one.state]
        assert set(states) <= {"unknown"}


def test_the_payload_names_no_other_kind_of_token(session: Session, now: datetime) -> None:
    key = issuers.of_portal(session, now=now)
    credential = signature.sign_compact({"vct": shares.VCT}, key.key, key.kid) + "~"
    keys = issuers.public_keys(session)
    assert check_presentation(credential, keys, now=now).verdict == "forged"


def test_no_link_is_made_for_an_account_that_was_just_closed(
    session: Session, owner: Actor, now: datetime
) -> None:
    """The actor was read before; the closing had ended every link before this one was made."""
    made = put_on_record(session, owner, now)
    session.get_one(Account, owner.account_id).status = "closed"
    session.flush()
    with pytest.raises(Unauthenticated):
        shares.make(session, owner, choice=choose(certificates=[made]), now=now)

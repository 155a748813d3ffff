"""The states about certificates: the officer's desk, issuers, certificates from elsewhere."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Certificate, ExternalCertificate, IssuerKey, Person
from portal.domain.permissions import Actor, Role
from portal.services import external_certificates, issuers, reissue
from portal.services.certificate_desk import DeskCertificate
from portal.services.external_checks import POINTS
from portal.state.base import PageState
from portal.state.certificates import CertificatesState
from portal.state.external import ExternalCheckState, ExternalQueueState, MyExternalState
from portal.state.issuers import IssuersState, IssuerState
from portal.state.papers import DraftsState, NewPaperState, PaperState
from portal.state.revocation import RevocationState
from tests.services.test_external_certificates import FORM
from tests.support import factories as make
from tests.support import papers
from tests.support.factories import NOW
from tests.support.tab import Tab

STATES = (
    CertificatesState,
    DraftsState,
    ExternalCheckState,
    ExternalQueueState,
    IssuersState,
    IssuerState,
    MyExternalState,
    NewPaperState,
    PaperState,
    RevocationState,
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in STATES:
        monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made


@pytest.fixture
def officer(saved: Session) -> Actor:
    return make.make_actor(saved, Role.OFFICER)


@pytest.fixture
def person(saved: Session) -> Person:
    return papers.resident(saved)


def token_of(saved: Session, actor: Actor) -> str:
    token = make.log_in(saved, saved.get_one(Account, actor.account_id))
    saved.commit()
    return token


def at(saved: Session, actor: Actor, path: str) -> Tab:
    tab = Tab()
    tab.go(path, token_of(saved, actor))
    return tab


def desk(saved: Session, officer: Actor, paper: DeskCertificate) -> Tab:
    return at(saved, officer, f"/admin/certificates/{paper.id}")


def target(answer: Any) -> str:
    """Where an event leads."""
    return str(answer.args)


def call(tab: Tab, kind: type[PageState], name: str, *args: Any) -> tuple[Any, str]:
    """The state after a handler, and where it leads."""
    state = tab.state(kind)
    answer = asyncio.run(kind.event_handlers[name].fn(state, *args))
    return state, target(answer) if answer is not None else ""


def sent(person: Person, kind: str = "SPECIAL", **change: str) -> dict[str, object]:
    holder = {"id_type": "resident_id", "id_no": papers.number_of(person), "name": person.name}
    return {"kind": kind, **holder, **papers.FORMS[kind], **change}


OFFICERS = (DraftsState, NewPaperState, ExternalQueueState, IssuersState)


@pytest.mark.parametrize("kind", OFFICERS)
def test_an_officers_page_asks_whoever_is_signed_out_to_sign_in(
    engine: Engine, kind: type[PageState]
) -> None:
    assert Tab().call(kind, "load").status == "sign_in"


@pytest.mark.parametrize("kind", OFFICERS)
@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR])
def test_an_officers_page_refuses_others(saved: Session, kind: type[PageState], role: Role) -> None:
    tab = at(saved, make.make_actor(saved, role), "/")
    assert tab.call(kind, "load").status == "refused"


@pytest.mark.parametrize("kind", OFFICERS)
def test_an_officers_page_is_ready_with_nothing_on_it(
    saved: Session, officer: Actor, kind: type[PageState]
) -> None:
    state = at(saved, officer, "/").call(kind, "load")
    assert (state.status, state.problem) == ("ready", "")


def test_from_form_to_draft_to_certificate(saved: Session, officer: Actor, person: Person) -> None:
    tab = at(saved, officer, "/admin/certificates/new")
    state, path = call(tab, NewPaperState, "save", sent(person))
    assert state.problem == ""
    draft = saved.scalars(select(Certificate).where(Certificate.person_id == person.id)).one()
    assert f"/admin/certificates/{draft.id}" in path
    listed = at(saved, officer, "/admin/certificates").call(DraftsState, "load")
    assert [row.title for row in listed.rows if str(draft.id) in row.href] == ["葡萄栽培"]
    tab = at(saved, officer, f"/admin/certificates/{draft.id}")
    seen = tab.call(PaperState, "load")
    assert (seen.state, seen.acts, seen.number) == ("草稿", ["amend", "discard", "issue"], "")
    assert seen.preview.startswith(f"/admin/certificates/{draft.id}/preview.png")
    _, path = call(tab, PaperState, "put_in_force", {})
    assert "done=issued" in path
    tab.go(f"/admin/certificates/{draft.id}", token_of(saved, officer))
    seen = tab.call(PaperState, "load")
    assert (seen.state, seen.preview) == ("有效", "")
    assert seen.number.startswith("ZX650400")


def test_a_refused_form_says_why_and_leads_nowhere(
    saved: Session, officer: Actor, person: Person
) -> None:
    tab = at(saved, officer, "/admin/certificates/new")
    state, path = call(tab, NewPaperState, "save", sent(person, level="2"))
    assert ("没有技能等级" in state.problem, path) == (True, "")
    state, path = call(tab, NewPaperState, "save", sent(person, name="李小强"))
    assert ("都对得上" in state.problem, path) == (True, "")


@pytest.mark.parametrize("form", [None, {}, {"kind": {"a": 1}}, {"id_no": 5}, "x", []])
def test_a_form_that_is_none_is_refused_in_words(saved: Session, officer: Actor, form: Any) -> None:
    state, path = call(at(saved, officer, "/"), NewPaperState, "save", form)
    assert (state.problem != "", path) == (True, "")


def test_a_draft_is_changed_and_thrown_away(saved: Session, officer: Actor, person: Person) -> None:
    made = papers.draft(saved, officer, person, NOW)
    tab = desk(saved, officer, made)
    before = tab.call(PaperState, "load").preview
    _, path = call(tab, PaperState, "amend", {**made.fields, "title": "葡萄干加工"})
    assert "done=amended" in path
    assert tab.call(PaperState, "load").preview != before
    _, path = call(tab, PaperState, "discard", {})
    assert path
    saved.rollback()
    assert saved.get(Certificate, made.id, populate_existing=True) is None


def test_a_correction_leads_to_the_new_version(
    saved: Session, officer: Actor, person: Person
) -> None:
    paper = papers.issued(saved, officer, person, NOW)
    tab = desk(saved, officer, paper)
    seen = tab.call(PaperState, "load")
    form = {**paper.fields, "title": "葡萄干加工", "number": seen.number, "version": seen.version}
    state, path = call(tab, PaperState, "correct", {**form, "reason": "项目名称印错"})
    assert state.problem == ""
    new = saved.scalars(
        select(Certificate).where(Certificate.number == paper.number, Certificate.version == 2)
    ).one()
    assert f"{new.id}?done=corrected" in path
    state, path = call(tab, PaperState, "correct", {**form, "reason": "项目名称印错"})
    assert ("新的变化" in state.problem, path) == (True, "")
    tab.go(f"/admin/certificates/{new.id}", token_of(saved, officer))
    assert len(tab.call(PaperState, "load").versions) == 2


def test_a_lost_paper_is_printed_again(saved: Session, officer: Actor, person: Person) -> None:
    paper = papers.issued(saved, officer, person, NOW)
    tab = desk(saved, officer, paper)
    which = {"number": paper.number, "version": "1"}
    state, path = call(tab, PaperState, "print_again", {**which, "reason": ""})
    assert (state.problem != "", path) == (True, "")
    _, path = call(tab, PaperState, "print_again", {**which, "reason": "本人丢失"})
    assert "done=printed" in path
    assert "打印过 2 次" in tab.call(PaperState, "load").edition_note


@pytest.mark.parametrize("version", ["", "x", "-1", "99"])
def test_a_version_that_is_not_the_present_one_is_refused(
    saved: Session, officer: Actor, person: Person, version: str
) -> None:
    paper = papers.issued(saved, officer, person, NOW)
    form = {"number": paper.number, "version": version, "reason": "本人丢失"}
    state, path = call(desk(saved, officer, paper), PaperState, "print_again", form)
    assert ("新的变化" in state.problem, path) == (True, "")


def test_another_regions_certificate_and_none_are_refused_in_words(
    saved: Session, officer: Actor, person: Person
) -> None:
    paper = papers.issued(saved, officer, person, NOW)
    elsewhere = make.make_actor(saved, Role.OFFICER, region_code="653200")
    seen = desk(saved, elsewhere, paper).call(PaperState, "load")
    assert (seen.status, seen.holder) == ("refused", "")
    assert "不归您办理" in seen.problem
    for path in (f"/admin/certificates/{uuid4()}", "/admin/certificates/nonsense"):
        assert at(saved, officer, path).call(PaperState, "load").status == "refused"


def test_a_certificate_that_was_looked_up_leads_to_its_desk(
    saved: Session, officer: Actor, person: Person
) -> None:
    paper = papers.issued(saved, officer, person, NOW, kind="LEVEL")
    tab = at(saved, officer, "/admin/certificates")
    state = tab.call(RevocationState, "look_up", {"number": papers.LEVEL_NUMBER.lower()})
    assert (state.step, state.desk) == ("valid", f"/admin/certificates/{paper.id}")
    tab = at(saved, officer, f"/admin/certificates?number={papers.LEVEL_NUMBER}")
    assert tab.call(RevocationState, "load").number == papers.LEVEL_NUMBER
    elsewhere = make.make_actor(saved, Role.OFFICER, region_code="653200")
    tab = at(saved, elsewhere, "/admin/certificates")
    state = tab.call(RevocationState, "look_up", {"number": papers.LEVEL_NUMBER})
    assert (state.step, state.desk) == ("valid", "")


def add(saved: Session, person: Person, *, image: bool = False, **change: str) -> Any:
    """A certificate from elsewhere, and its owner."""
    me = papers.owner(saved, person)
    raw = external_certificates.as_stored_picture(papers.photo()) if image else None
    made = external_certificates.add(saved, me, form=FORM | change, image=raw, now=NOW)
    saved.commit()
    return me, made


def test_my_certificates_show_those_from_elsewhere_with_their_state(
    saved: Session, officer: Actor, person: Person
) -> None:
    papers.issued(saved, officer, person, NOW)
    me, _ = add(saved, person, number="Y000165000001265000031")
    state = at(saved, me, "/me/certificates").call(CertificatesState, "load")
    assert [row.kind for row in state.rows] == ["专项职业能力证书"]
    assert state.rows[0].facts == ""
    assert [(row.kind, row.state) for row in state.external] == [("职业技能等级证书", "未核实")]


def test_of_corrected_versions_only_the_newest_is_shown(
    saved: Session, officer: Actor, person: Person
) -> None:
    paper = papers.issued(saved, officer, person, NOW)
    reissue.correct(
        saved,
        officer,
        number=paper.number,
        version=1,
        form=paper.fields | {"title": "葡萄干加工"},
        reason="项目名称印错",
        now=NOW,
    )
    me = papers.owner(saved, person)
    state = at(saved, me, "/me/certificates").call(CertificatesState, "load")
    assert [row.title for row in state.rows] == ["葡萄干加工"]


@pytest.mark.parametrize(
    ("expires_on", "word", "status"),
    [("2026-12-31", "有效期到", "有效"), ("2026-11-30", "已经过了有效期", "已过期")],
)
def test_an_expiry_is_told_kindly(
    saved: Session, officer: Actor, person: Person, expires_on: str, word: str, status: str
) -> None:
    papers.issued(saved, officer, person, NOW, issued_on="2026-01-01", expires_on=expires_on)
    me = papers.owner(saved, person)
    [row] = at(saved, me, "/me/certificates").call(CertificatesState, "load").rows
    assert (word in row.note, row.status) == (True, status)


def test_my_certificates_from_elsewhere_are_listed_and_withdrawn(
    saved: Session, person: Person
) -> None:
    me, made = add(saved, person, image=True, number="Y000165000001265000032")
    tab = at(saved, me, "/me/external")
    state = tab.call(MyExternalState, "load")
    [row] = state.rows
    assert (row.state, row.picture) == ("未核实", f"/me/external/{made}/picture")
    assert "本人填写" in row.note
    state = tab.call(MyExternalState, "withdraw", str(made))
    assert (state.rows, state.count) == ([], "")
    assert "撤下" in state.done


@pytest.mark.parametrize("raw", ["", "x", 5, None, {"a": 1}])
def test_withdrawing_what_is_none_is_refused_in_words(
    saved: Session, person: Person, raw: Any
) -> None:
    me = papers.owner(saved, person)
    state = at(saved, me, "/me/external").call(MyExternalState, "withdraw", raw)
    assert state.problem != ""


def test_an_officer_finds_compares_and_verifies(
    saved: Session, officer: Actor, person: Person
) -> None:
    _, made = add(saved, person, image=True, number="Y000165000001265000033")
    queue = at(saved, officer, "/admin/external").call(ExternalQueueState, "load")
    assert [card.owner for card in queue.cards if card.key == str(made)] == [
        "王*强 · 吐鲁番市高昌区"
    ]
    tab = at(saved, officer, f"/admin/external/{made}")
    state = tab.call(ExternalCheckState, "load")
    assert (state.owner, state.number) == ("王小强", "Y000165000001265000033")
    state = tab.call(ExternalCheckState, "verify", {"basis": "original"})
    assert ("每一项" in state.problem, state.done) == (True, "")
    form = {**dict.fromkeys(POINTS, "1"), "basis": "original"}
    assert tab.call(ExternalCheckState, "verify", form).done
    saved.rollback()
    row = saved.get_one(ExternalCertificate, made, populate_existing=True)
    assert row.state == "verified"
    assert tab.call(ExternalCheckState, "load").step == "verified"
    assert tab.call(ExternalCheckState, "take_back", {"reason": "原件系伪造"}).done


def test_an_officer_refuses_with_a_reason(saved: Session, officer: Actor, person: Person) -> None:
    _, made = add(saved, person, number="Y000165000001265000034")
    tab = at(saved, officer, f"/admin/external/{made}")
    assert tab.call(ExternalCheckState, "refuse", {"reason": ""}).problem
    assert tab.call(ExternalCheckState, "refuse", {"reason": "查不到这个编号"}).done


def test_what_is_gone_or_the_own_is_said_in_words(
    saved: Session, officer: Actor, person: Person
) -> None:
    state = at(saved, officer, f"/admin/external/{uuid4()}").call(ExternalCheckState, "load")
    assert "已经办过" in state.done


def test_a_key_is_rotated_and_a_leak_needs_the_tick(saved: Session, officer: Actor) -> None:
    issuer_id = issuers.of_authority(saved, "650400", now=NOW).issuer_id
    saved.commit()
    listed = at(saved, officer, "/admin/issuers").call(IssuersState, "load")
    assert any(str(issuer_id) in row.href for row in listed.rows)
    tab = at(saved, officer, f"/admin/issuers/{issuer_id}")
    keys = len(tab.call(IssuerState, "load").keys)
    state = tab.call(IssuerState, "rotate", {"reason": ""})
    assert (state.problem != "", state.done) == (True, "")
    state = tab.call(IssuerState, "rotate", {"reason": "按年度计划更换"})
    assert (len(state.keys), state.done != "") == (keys + 1, True)
    state = tab.call(IssuerState, "mark_compromised", {"reason": "密钥文件外泄"})
    assert "看清后果" in state.problem
    form = {"reason": "密钥文件外泄", "understood": "1"}
    state = tab.call(IssuerState, "mark_compromised", form)
    assert [row.state for row in state.keys][:2] == ["正在使用", "已泄露"]
    saved.rollback()
    marked = saved.scalars(
        select(IssuerKey).where(
            IssuerKey.issuer_id == issuer_id, IssuerKey.compromised_at.is_not(None)
        )
    ).all()
    assert len(marked) == 1


@pytest.mark.parametrize(
    "path", ["/admin/issuers/x", "/admin/issuers/7d633523-53f1-4bf8-87fc-9fb3db736d12"]
)
def test_an_issuer_that_is_none_is_refused(saved: Session, officer: Actor, path: str) -> None:
    assert at(saved, officer, path).call(IssuerState, "load").status == "refused"

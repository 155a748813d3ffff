"""Policy documents as people read them, from the packs that are shipped."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from portal.db.models import PolicyPack
from portal.domain.errors import NotFound
from portal.domain.permissions import ANONYMOUS
from portal.policies.loader import load_packs
from portal.services.policies import list_packs, pack_detail
from portal.settings import get_settings
from tests.support import factories as make

NOW = make.NOW


@pytest.fixture
def published(session: Session) -> Session:
    """All shipped packs, published."""
    for key, pack in load_packs().items():
        document = pack.document
        session.add(
            PolicyPack(
                id=key,
                title=document.title,
                doc_no=document.doc_no or "",
                region_code=document.region_code,
                effective_from=document.effective_from,
                effective_to=document.effective_to,
                content_hash="real",
                payload=pack.model_dump(mode="json"),
                published_at=NOW,
            )
        )
    session.flush()
    return session


def test_every_document_is_listed_those_in_force_first(published: Session) -> None:
    cards = list_packs(published, ANONYMOUS, now=NOW)
    assert {card.id for card in cards} == set(load_packs())
    alive = [card.standing in ("in_force", "continued") for card in cards]
    assert alive == sorted(alive, reverse=True)
    assert all(card.doc_no and card.issuer and card.standing_text for card in cards)


@pytest.mark.parametrize("pack_id", sorted(load_packs()))
def test_every_shipped_document_can_be_read(published: Session, pack_id: str) -> None:
    shown = pack_detail(published, ANONYMOUS, pack_id=pack_id, now=NOW)
    assert len(shown.plans) == len(load_packs()[pack_id].plans)
    assert all(plan.clause and plan.quote and plan.summary for plan in shown.plans)
    assert all(target.value_text and "{" not in target.value_text for target in shown.targets)


def test_turpan_says_who_goes_free_how_long_and_how_many(published: Session) -> None:
    shown = pack_detail(published, ANONYMOUS, pack_id="turpan-2019", now=NOW)
    assert shown.total_text == "105,000 人次"
    plans = {plan.plan_no: plan for plan in shown.plans}
    assert (plans["1"].target_text, plans["1"].hours_text) == ("10,000 人次", "不少于 80 课时")
    assert plans["3"].hours_text == "1–6 个月"
    assert plans["6"].lead_department == "市人社局"
    assert shown.free[0].clause == "五(一)"
    assert "当过兵、已经退役的人" in shown.free[0].groups
    assert shown.card.dates_text == "2019年9月17日至2021年12月31日"


def test_a_rule_that_can_refuse_is_shown_with_what_to_do(published: Session) -> None:
    shown = pack_detail(published, ANONYMOUS, pack_id="turpan-2019", now=NOW)
    rules = {rule.id: rule for rule in shown.rules}
    assert rules["R02"].remedy == "您可以改报同一职业更高的等级，或者改报别的职业。"
    assert rules["R57"].remedy == ""


def test_a_continuation_is_shown_as_what_it_is(
    published: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = pack_detail(published, ANONYMOUS, pack_id="turpan-2019", now=NOW)
    assert (shown.card.standing, shown.card.standing_text) == ("continued", "延续执行")
    assert "示例" in shown.standing_note
    # What is an example in the demo must never make an expired document look alive.
    monkeypatch.setattr(get_settings(), "env", "production")
    shown = pack_detail(published, ANONYMOUS, pack_id="turpan-2019", now=NOW)
    assert shown.card.standing == "expired"
    in_time = datetime(2020, 1, 1, tzinfo=UTC)
    shown = pack_detail(published, ANONYMOUS, pack_id="turpan-2019", now=in_time)
    assert shown.card.standing == "in_force"


@pytest.mark.parametrize("pack_id", ["", "nothing", "\x00", "x" * 10_000, "turpan-2019'--"])
def test_an_unknown_document_is_not_found(published: Session, pack_id: str) -> None:
    with pytest.raises(NotFound):
        pack_detail(published, ANONYMOUS, pack_id=pack_id, now=NOW)

"""A published rule reaches the engine whole: what it says, where it stands, how long it holds."""

from datetime import date

import pytest

from portal.domain.rules.rule import Rule
from portal.policies.compile import rules_of
from portal.policies.loader import load_packs
from portal.policies.models import PolicyPack


@pytest.fixture
def turpan() -> PolicyPack:
    return load_packs()["turpan-2019"]


def named(pack: PolicyPack, rule_id: str, *, demo: bool = False) -> Rule:
    return next(rule for rule in rules_of(pack, demo=demo) if rule.id == rule_id)


def changed(pack: PolicyPack, rule_id: str, **fields: object) -> PolicyPack:
    rules = tuple(
        rule.model_copy(update=fields) if rule.id == rule_id else rule for rule in pack.rules
    )
    return pack.model_copy(update={"rules": rules})


def test_every_rule_is_compiled_in_the_order_of_the_file(turpan: PolicyPack) -> None:
    assert [rule.id for rule in rules_of(turpan)] == [rule.id for rule in turpan.rules]


def test_a_rule_carries_its_words_and_its_source(turpan: PolicyPack) -> None:
    rule = named(turpan, "R04")
    assert (rule.pack_id, rule.document, rule.clause) == (
        "turpan-2019", "吐政办〔2019〕53号", "五(二)",
    )  # fmt: skip
    assert rule.plain.startswith("按月领职工养老金")
    assert "更正" in rule.remedy
    assert rule.papers == ("社保机构出具的养老待遇证明", "身份证")
    assert rule.ask.endswith("电话 0995-8510703")
    assert rule.params["presumed_none_below_age"] == 45
    assert named(turpan, "R01").soft


def test_a_document_without_number_is_named_by_its_short_title() -> None:
    rule = rules_of(load_packs()["hunan-2018"])[0]
    assert rule.document == "湖南终身职业技能培训"


def test_who_names_nobody_to_ask_sends_people_to_the_national_hotline(turpan: PolicyPack) -> None:
    document = turpan.document.model_copy(update={"ask_plain": None, "ask_phone": None})
    assert "12333" in rules_of(turpan.model_copy(update={"document": document}))[0].ask


def test_a_rule_holds_as_long_as_its_document(turpan: PolicyPack) -> None:
    rule = named(turpan, "R02")
    assert (rule.effective_from, rule.effective_to) == (date(2019, 9, 17), date(2021, 12, 31))


def test_a_continuation_lengthens_the_rules_and_an_example_only_in_the_demo(
    turpan: PolicyPack,
) -> None:
    assert named(turpan, "R02", demo=True).effective_to == date(2030, 12, 31)
    assert turpan.document.continuation is not None
    decided = turpan.document.continuation.model_copy(update={"demo": False})
    document = turpan.document.model_copy(update={"continuation": decided})
    continued = turpan.model_copy(update={"document": document})
    assert named(continued, "R02").effective_to == date(2030, 12, 31)


def test_a_rule_that_ends_earlier_is_not_continued_with_its_document(turpan: PolicyPack) -> None:
    pack = changed(turpan, "R09", effective_to=date(2020, 12, 31))
    assert named(pack, "R09", demo=True).effective_to == date(2020, 12, 31)
    assert named(pack, "R09", demo=True).effective_from == date(2019, 9, 17)

"""Whatever the rules answer can be read, and every refusal says what would help."""

import ast
import re
from pathlib import Path

import pytest

import portal.domain.rules
from portal.domain.rules.engine import EVALUATED
from portal.locale import has, sentences
from portal.locale.rules import bucket_name, change, sentence
from tests.support.rules import ask, facts, past, person, result, rule, training

FOLDER = Path(portal.domain.rules.__file__).parent
KEY = re.compile(rf"({'|'.join(sorted(EVALUATED))}|change)\.[a-z_]+")


def used() -> set[str]:
    """Every reason and every change that stands in the engine's source."""
    return {
        node.value
        for file in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and KEY.fullmatch(node.value)
    }


def shipped() -> set[str]:
    keys = (key.removeprefix("rules.") for key in sentences() if key.startswith("rules."))
    return {key for key in keys if KEY.fullmatch(key)}


def test_every_answer_has_a_sentence_and_every_sentence_an_answer() -> None:
    assert used() == shipped()
    assert len(used()) > 100


def test_no_answer_is_put_together_from_pieces() -> None:
    """The test above can only find keys that are written whole."""
    for file in (FOLDER / "kinds").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            assert not isinstance(node, ast.JoinedStr), f"{file.name}:{node.lineno}"


@pytest.mark.parametrize("key", sorted(shipped()))
def test_a_sentence_is_one_and_speaks_of_no_group(key: str) -> None:
    text = sentences()[f"rules.{key}"]
    assert text.endswith("。")
    for word in ("贫困", "残疾", "困难", "服刑", "退役", "低保对象", "零就业"):
        assert word not in text


def test_each_refusal_names_a_change_that_exists() -> None:
    """Every ``failed(...)`` and ``unsure(...)`` of the source gives a change as third argument."""
    calls = 0
    for file in (FOLDER / "kinds").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id not in ("failed", "unsure"):
                    continue
                calls += 1
                third = node.args[2]
                if isinstance(third, ast.Constant):
                    assert has(f"rules.{third.value}")
                else:
                    assert isinstance(third, ast.Name)
                    assert third.id == "change"
    assert calls > 50


def test_a_used_up_bucket_reads_as_people_speak() -> None:
    answer = result(ask(facts(history=(past(),))), "R01")
    assert sentence(answer) == "您2026年的职业培训补贴已经用过1次，每年只有1次。"
    assert change(answer) == "2027年1月1日以后开班的可以再用；今年还可以报创业培训、国语培训。"


def test_levels_days_and_money_are_written_out() -> None:
    had = past(year=2020, skill_key="6-31-01-03", level=2)
    repeated = result(ask(facts(history=(had,))), "R02")
    assert "初级工" in sentence(repeated)
    hours = ask(facts(training=training("10", hours=79)), "listing")
    assert "79课时" in sentence(result(hours, "R20"))


def test_a_bucket_that_only_a_pack_knows_has_a_general_name() -> None:
    assert bucket_name("vocational") == "职业培训"
    assert bucket_name("underwater_basketry") == bucket_name(None) == "这类培训"


def test_a_met_rule_needs_no_change_but_may_carry_what_its_pack_advises() -> None:
    advised = rule("in_range", remedy="可以到社区报名。")
    assert change(ask(facts(), rules=(advised,)).results[0]) == "可以到社区报名。"
    assert change(ask(facts(), rules=(rule("in_range"),)).results[0]) == ""


def test_the_groups_that_made_it_free_are_not_named() -> None:
    answer = result(ask(facts(person=person("POOR_LABOUR"))), "R05")
    assert sentence(answer) == "您属于免费培训的重点群体，不收学费。"
    assert "POOR_LABOUR" not in str(dict(answer.params))

"""Every reason has its sentence, and one that speaks for the honest."""

import re
import string

import pytest

from portal.domain.risk.parameters import DEFAULT
from portal.domain.risk.reasons import Reason, Score
from portal.domain.risk.score import score_session
from portal.locale import sentences
from portal.locale.risk import headline, innocent, sentence
from tests.domain.risk.cases import CASES

CODES = sorted({*DEFAULT.session, *DEFAULT.of_class})


def below(prefix: str) -> dict[str, str]:
    keys = sentences().items()
    return {key.removeprefix(prefix): said for key, said in keys if key.startswith(prefix)}


def test_reasons_and_sentences_are_the_same() -> None:
    assert sorted(below("risk.reason.")) == CODES
    assert sorted(below("risk.innocent.")) == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_sentence_is_plain_and_accuses_nobody(code: str) -> None:
    said = below("risk.reason.")[code] + below("risk.innocent.")[code]
    assert said.endswith("。")
    assert not re.search("作弊|造假|骗|违规|冒名|虚假", said)


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_sentence_uses_every_number_of_its_reason(code: str) -> None:
    (reason,) = score_session(CASES[code][0]).reasons
    parts = string.Formatter().parse(below("risk.reason.")[code])
    assert {name for _, name, _, _ in parts if name} == set(reason.params)
    assert "{" not in sentence(reason)
    assert innocent(reason)


def test_moments_are_said_in_beijing_time() -> None:
    reason = Reason(
        "quick_hand", 5, {"people": 9, "seconds": 8, "first_at": "2026-09-14T01:31:05+00:00"}
    )
    assert sentence(reason) == "从 9月14日9:31:05 起，8 秒里连着代签了 9 人，来不及点名。"


def test_the_headline_says_on_which_side_of_the_line_a_score_lies() -> None:
    def at(value: int) -> str:
        return headline(Score(value, (Reason("night", value),)), 40)

    assert headline(Score(0), 40) == "没有发现需要核对的地方。"
    assert "没有到" in at(39)
    assert "请先核对" in at(40)

"""Every key that the domain raises has its sentence."""

import re
from pathlib import Path

import pytest

import portal.domain
from portal import locale

FOLDER = Path(portal.domain.__file__).parent
AREAS = "checkin|attendance|schedule|level|certificate_number|identity"
# Keys written whole, and keys put together from a prefix and the reason of a _refusal(...).
WHOLE = re.compile(rf'"((?:{AREAS})\.[a-z_]+)"')
PREFIX = re.compile(rf'f"((?:{AREAS})\.[a-z_]*)\{{reason\}}"')
REASON = re.compile(r'_refusal\("([a-z_]+)"')


def keys_of(path: Path) -> set[str]:
    source = path.read_text("utf-8")
    prefixes = PREFIX.findall(source)
    reasons = REASON.findall(source)
    return set(WHOLE.findall(source)) | {
        prefix + reason for prefix in prefixes for reason in reasons
    }


KEYS = sorted(set().union(*map(keys_of, FOLDER.glob("*.py"))))


def test_the_keys_of_the_domain_are_found_by_this_test() -> None:
    assert {
        "identity.fifteen_digits",
        "identity.name_symbols",
        "identity.password_simple",
        "schedule.no_days",
        "checkin.code_expired",
    } <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_sentence_says_what_is_wrong_and_what_to_do(key: str) -> None:
    sentence = locale.t(key)
    assert sentence.endswith("。")
    assert "请" in sentence

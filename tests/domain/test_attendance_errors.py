"""What appeals and second opinions refuse is said in a sentence, with a stable code."""

import pytest

from portal.domain.attendance_errors import AppealAnswered, AppealClosed, SamePerson
from portal.domain.errors import PortalError
from portal.locale.errors import sentence_for


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AppealClosed(until="12月8日 周二"), "appeal_closed"),
        (AppealAnswered(), "appeal_closed"),
        (SamePerson(), "forbidden"),
    ],
    ids=["closed", "answered", "same person"],
)
def test_a_refusal_has_a_code_and_a_sentence(error: PortalError, code: str) -> None:
    assert error.code == code
    assert "{" not in sentence_for(error)

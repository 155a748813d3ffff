"""The life of a certificate as a table: from every state every act, allowed or refused in words."""

from datetime import date

import pytest

from portal.domain.certificate_life import Act, State, check_act, state_of
from portal.domain.errors import NotReady
from portal.locale import t

YES, NO = True, False
#                  amend discard issue correct print revoke
TABLE = {
    State.DRAFT: (YES, YES, YES, NO, NO, NO),
    State.ISSUED: (NO, NO, NO, YES, YES, YES),
    State.EXPIRED: (NO, NO, NO, YES, NO, YES),
    State.REPLACED: (NO, NO, NO, NO, NO, NO),
    State.REVOKED: (NO, NO, NO, NO, NO, NO),
}
ACTS = (Act.AMEND, Act.DISCARD, Act.ISSUE, Act.CORRECT, Act.PRINT_AGAIN, Act.REVOKE)
CASES = [
    (state, act, allowed)
    for state, row in TABLE.items()
    for act, allowed in zip(ACTS, row, strict=True)
]


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(State)
    assert set(ACTS) == set(Act)


@pytest.mark.parametrize(("state", "act", "allowed"), CASES)
def test_every_act_in_every_state(state: State, act: Act, allowed: bool) -> None:
    if allowed:
        check_act(act, state)
        return
    with pytest.raises(NotReady) as refusal:
        check_act(act, state)
    assert len(t(str(refusal.value.params["reason"]))) > 10


@pytest.mark.parametrize(
    ("status", "last", "state"),
    [
        ("issued", None, State.ISSUED),
        ("issued", date(2026, 12, 1), State.ISSUED),
        ("issued", date(2026, 11, 30), State.EXPIRED),
        ("revoked", date(2026, 11, 30), State.REVOKED),
        ("replaced", date(2026, 11, 30), State.REPLACED),
        ("draft", date(2026, 11, 30), State.DRAFT),
    ],
)
def test_expiry_is_computed_and_only_of_what_stands(
    status: str, last: date | None, state: State
) -> None:
    assert state_of(status, last, today=date(2026, 12, 1)) is state

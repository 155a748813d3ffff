"""The ways of an entry of a local supplement (补充目录): drafted, filed upward, answered, ended.

"制定以地方重点(特色)工种为主的补充目录,报省级主管部门备案实施"
(001_8d2ab4e4a1fcfae0.txt): only an accepted entry is live (R52).
"""

from portal.domain.errors import NotReady

# The texts name no term for the answer. Two weeks of office days is the product's own promise.
ANSWER_DUE = 10

_MOVES = {
    ("draft", "correct"): "draft",
    ("draft", "file"): "filed",
    ("draft", "withdraw"): "withdrawn",
    ("filed", "accept"): "accepted",
    ("accepted", "end"): "ended",
    ("filed", "reject"): "rejected",
    ("filed", "take_back"): "draft",
    ("rejected", "correct"): "rejected",
    ("rejected", "file"): "filed",
    ("rejected", "withdraw"): "withdrawn",
}


def after(state: str, act: str) -> str:
    """The state in which an act leaves an entry; raises NotReady where it is not its turn."""
    if (state, act) not in _MOVES:
        raise NotReady(reason=f"supplements.is_{state}")
    return _MOVES[state, act]


def may(state: str, act: str) -> bool:
    """Whether an act is possible in a state."""
    return (state, act) in _MOVES

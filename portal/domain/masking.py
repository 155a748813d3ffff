"""What the public may see of a person (reference.md B8.3).

Total functions: whatever is stored, the answer hides at least half of it and never raises.
"""

import re

from portal.domain.names import MIDDLE_DOT

_PART = re.compile(f"[^ {MIDDLE_DOT}]+")


def mask_name(name: str) -> str:
    """The public form: 张*, 王*强, 阿*·买*, J* S*.

    A Chinese name of three characters or more keeps its last one, so that namesakes on a
    list can tell themselves apart; one star stands for any number of characters. A name of
    several parts keeps the first character of each; a part of one character is hidden whole.
    """
    parts = _PART.findall(name)
    if len(parts) == 1 and len(parts[0]) >= 3 and not parts[0].isascii():
        return f"{parts[0][0]}*{parts[0][-1]}"
    return _PART.sub(lambda part: f"{part[0][0]}*" if len(part[0]) > 1 else "*", name)


def mask_id_no(number: str) -> str:
    """The last four characters only: the first six would give the home county away.

    Serves every document and certificate number that contains one, such as T + ID number.
    A number of fewer than eight characters keeps its last half.
    """
    shown = min(4, len(number) // 2)
    return "*" * (len(number) - shown) + number[len(number) - shown :]


def mask_phone(phone: str) -> str:
    """139****0001; anything that is no 11-digit number is masked like an ID number."""
    if re.fullmatch(r"[0-9]{11}", phone):
        return f"{phone[:3]}****{phone[7:]}"
    return mask_id_no(phone)

"""Which passwords are accepted: long enough, and not among the first a stranger would try.

No rule of "one capital, one symbol": length protects, and rules like that only make people
write passwords down (NIST SP 800-63B, 5.1.1.2). Short passwords of one kind of character are
refused all the same, because with eight of them guessing is cheap.
"""

import re
import unicodedata

from portal.domain.errors import BadInput
from portal.domain.names import name_key

MIN_LENGTH, MAX_LENGTH = 8, 128
# Letters alone are accepted from this length on: by then they are a sentence.
LONG_ENOUGH_FOR_LETTERS = 12

_ROWS = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
)
# What leaked lists of Chinese sites begin with, after digits alone and keyboard rows.
_COMMON = frozenset(
    {"password", "passw0rd", "p@ssword", "p@ssw0rd", "woaini", "iloveyou", "admin", "a", "aa"}
    | {"abc", "qq", "asd", "qwe", "zxc", "wang", "zhang", "root", "test", "user", "welcome"}
)


def normalise_password(raw: str) -> str:
    """The form to hash: NFKC, because two keyboards may write one password differently."""
    return unicodedata.normalize("NFKC", raw)


def check_password(raw: str, *, name: str, phone: str) -> None:
    """Raise BadInput("password", "identity.password_<reason>") unless the password will do.

    Reasons: empty, short, long, characters, phone, name, simple. ``name`` and ``phone`` are
    those of the account; "" if unknown.
    """
    if not raw:
        raise _refusal("empty")
    if len(raw) > MAX_LENGTH:
        raise _refusal("long")
    password = normalise_password(raw)
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in password):
        raise _refusal("characters")
    if len(password) < MIN_LENGTH:
        raise _refusal("short")
    if len(password) > MAX_LENGTH:
        raise _refusal("long")
    if phone and phone in re.sub(r"[^0-9]", "", password):
        raise _refusal("phone")
    if _is_name_and_digits(password, name):
        raise _refusal("name")
    if _is_simple(password.casefold()):
        raise _refusal("simple")


def _is_name_and_digits(password: str, name: str) -> bool:
    """Whether nothing but digits and symbols stands beside the person's name."""
    key, wanted = name_key(name), name_key(password)
    return bool(key) and key in wanted and not re.search(r"[^\W\d_]", wanted.replace(key, "", 1))


def _is_simple(password: str) -> bool:
    if len(set(password)) <= 2 or not re.search(r"[^0-9\W_]", password):
        return True
    if re.fullmatch("[a-z]+", password) and len(password) < LONG_ENOUGH_FOR_LETTERS:
        return True
    if any(password in row * 2 or password[::-1] in row * 2 for row in _ROWS):
        return True
    # abc12345, password1!, 2026qwe: a common word with digits and symbols around it.
    return re.sub(r"[0-9\W_]", "", password) in _COMMON or password.strip("0123456789") in _COMMON


def _refusal(reason: str) -> BadInput:
    return BadInput("password", f"identity.password_{reason}")

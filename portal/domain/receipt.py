"""Receipts that people copy by hand: ten signs, the last of which tells a slip of the pen.

The alphabet has no 0, 1, I, L, O: its 31 signs are a prime number, so that a weighted sum finds
every single wrong sign and every two neighbours that changed places.
"""

from portal.domain.errors import BadInput

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10
SECRET_LENGTH = 8
_BASE = len(ALPHABET)


def signs(digest: bytes, count: int) -> str:
    """So many signs of a hash: the same hash gives the same signs."""
    number = int.from_bytes(digest, "big")
    found = []
    for _ in range(count):
        number, rest = divmod(number, _BASE)
        found.append(ALPHABET[rest])
    return "".join(found)


def check_sign(first: str) -> str:
    """The sign that makes the weighted sum zero."""
    total = sum(place * ALPHABET.index(sign) for place, sign in enumerate(first, 1))
    # Weight of the check sign itself: the next one, which has an inverse since 31 is prime.
    inverse = pow(len(first) + 1, -1, _BASE)
    return ALPHABET[(-total * inverse) % _BASE]


def receipt_of(digest: bytes) -> str:
    """The receipt that a hash names."""
    first = signs(digest, LENGTH - 1)
    return first + check_sign(first)


def parse_receipt(raw: str) -> str:
    """What was typed, without spaces and dashes; raises BadInput for what is none."""
    text = "".join(sign for sign in raw.upper() if sign not in " -－　")
    is_ours = len(text) == LENGTH and all(sign in ALPHABET for sign in text)
    if not is_ours or check_sign(text[:-1]) != text[-1]:
        raise BadInput("receipt", "complaints.bad_receipt")
    return text


def parse_secret(raw: str) -> str:
    """The secret as typed, in capitals; whatever it is, it is only compared."""
    return "".join(sign for sign in raw.upper() if sign in ALPHABET)[:SECRET_LENGTH]


def spaced(text: str) -> str:
    """In halves, as it is read aloud."""
    half = len(text) // 2
    return f"{text[:half]}-{text[half:]}"

"""Numbers of social security cards (卡号, reference B6): not the ID number, and new on reissue."""

import re
import unicodedata

from portal.domain.errors import BadInput

# Eight digits and a check digit or letter; how the last is computed is not published.
_NUMBER = re.compile(r"[0-9]{8}[0-9A-Z]")
_MAX_RAW = 60


def parse_card_number(raw: str) -> str:
    """The nine characters of a card, however they were typed.

    Raises BadInput("card"), which also tells apart the other number on the card.
    """
    if len(raw) > _MAX_RAW:
        raise BadInput("card", "cards.number_refused")
    text = unicodedata.normalize("NFKC", raw).upper()
    number = "".join(char for char in text if not char.isspace() and char not in "-\u2010\u2013")
    if re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise BadInput("card", "cards.is_id_number")
    if not _NUMBER.fullmatch(number):
        raise BadInput("card", "cards.number_refused")
    return number

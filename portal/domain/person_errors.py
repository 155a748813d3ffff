"""What refuses an act on records of persons and their cards."""

from portal.domain.errors import PortalError


class MergeRefused(PortalError):
    """Two records cannot become one, or not apart again; ``why`` says it in words."""

    key = "persons.merge_refused"
    status = 409


class NumberTaken(PortalError):
    """The right ID number stands on another record: the way on is to merge the two."""

    key = "persons.number_taken"
    status = 409


class NotVouched(PortalError):
    """The record's number was put right, and no other officer has vouched for that yet."""

    key = "register.not_vouched"
    status = 409


class CardTaken(PortalError):
    """The card is bound to another person's archive."""

    key = "cards.taken"
    status = 409


class CardOfAnother(PortalError):
    """The card registry says that the card is not this person's."""

    key = "cards.of_another"
    status = 409


class CardBound(PortalError):
    """The person has a card already: a new one replaces it, it does not join it."""

    key = "cards.already_bound"
    status = 409


class SearchLimit(PortalError):
    """An officer looked for as many people as one serves in an hour; ``most`` of them."""

    key = "persons.search_limit"
    code = "too_many_attempts"
    status = 429

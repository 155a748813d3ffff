"""What a client sent, parsed once at the edge."""

from uuid import UUID

from portal.domain.errors import NotFound


def parse_id(raw: object, field: str = "id") -> UUID:
    """An id from a path, form or event argument.

    Raises NotFound for whatever is not an id, because to its user a malformed link and an
    unknown one are the same thing.
    """
    if isinstance(raw, UUID):
        return raw
    if not isinstance(raw, str) or len(raw) != 36:
        raise NotFound(field=field)
    try:
        return UUID(raw)
    except ValueError:
        raise NotFound(field=field) from None

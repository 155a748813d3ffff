"""Taking consents back where they stand in one list, as easily as they were given (PIPL art. 15).

A notice that was read is no consent: what the authority must do does not hang on it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import own_photo, talent_consent

# A mandate ends where the helper's name stands, above on the same page.
_ENDS: Mapping[str, Callable[..., Any]] = {
    talent_consent.PURPOSE: talent_consent.leave,
    own_photo.PURPOSE: own_photo.delete_photo,
}
FREE = frozenset(_ENDS)


def withdraw(session: Session, actor: Actor, *, purpose: str, now: datetime) -> None:
    """Take a consent back, and end what it allowed; again does no harm. Raises NotFound."""
    actor.require(Permission.SIGNED_IN)
    end = _ENDS.get(purpose)
    if end is None:
        raise NotFound
    end(session, actor, now=now)

"""Questions about claims that nobody answered in time are handed to an officer."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services.claims import questions
from portal.services.unit import as_actor
from portal.tasks.registry import periodic


@periodic("note_silent_claims", every=timedelta(hours=1))
def note_silent_claims(*, now: datetime) -> None:
    """Mark those who did not answer, some hundred a transaction."""
    while as_actor(questions.note_silence, SYSTEM, now=now):
        pass

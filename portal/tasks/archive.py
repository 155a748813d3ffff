"""Lines of archives are closed into checkpoints by the clock."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services import archive_checkpoints, archive_seals
from portal.services.unit import as_actor
from portal.tasks.registry import periodic


@periodic("close_archives", every=timedelta(minutes=10))
def close_archives(*, now: datetime) -> None:
    """Close what was added, piece by piece, each in a transaction of its own."""
    upto = as_actor(archive_checkpoints.boundary, SYSTEM)
    while as_actor(archive_checkpoints.close, SYSTEM, upto=upto, now=now):
        pass
    as_actor(archive_checkpoints.keep_anchor, SYSTEM, path=archive_seals.anchor_file())

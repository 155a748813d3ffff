"""What other portals publish is fetched by the clock; nobody waits for it."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services import import_refresh, remote_lists
from portal.services.unit import as_actor
from portal.tasks.registry import periodic


@periodic("refresh_portals", every=timedelta(hours=1))
def refresh_portals(*, now: datetime) -> None:
    """Ask every portal of the list; one that does not answer keeps what it said before."""
    for portal in as_actor(import_refresh.due, SYSTEM, now=now):
        fetched = remote_lists.fetch(portal.url, portal.lists)
        as_actor(
            import_refresh.refresh, SYSTEM, portal_id=portal.portal_id, fetched=fetched, now=now
        )

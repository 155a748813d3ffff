"""Text messages leave, and what nobody wants any more goes."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services import notices, sms, sms_gateway
from portal.services.unit import as_actor
from portal.settings import get_settings
from portal.tasks.registry import periodic, task


class GatewayIsBusy(RuntimeError):
    """The gateway did not take a message; it is tried again."""


@task("send_sms")
def send_sms(*, message_id: str, now: datetime) -> None:
    """Hand one message to the gateway; no transaction stays open meanwhile."""
    message = as_actor(sms.take, SYSTEM, message_id=UUID(message_id), now=now)
    if message is None:
        return
    problem = sms_gateway.hand_over(message)
    as_actor(sms.settle, SYSTEM, message_id=message.message_id, problem=problem, now=now)
    if problem == sms.BUSY:
        raise GatewayIsBusy


@periodic("sweep_sms", every=timedelta(minutes=5))
def sweep_sms(*, now: datetime) -> None:
    """Give up late messages, send those that waited for a gateway, forget old ones."""
    has_gateway = sms_gateway.has_gateway(get_settings())
    as_actor(sms.sweep, SYSTEM, now=now, has_gateway=has_gateway)


@periodic("forget_notices", every=timedelta(days=1))
def forget_notices(*, now: datetime) -> None:
    """Delete notices of long ago."""
    as_actor(notices.forget, SYSTEM, now=now)

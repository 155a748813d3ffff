"""Certificates in the background: drawn for whole classes, forgotten after a while."""

import logging
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services import certificate_batches, certificate_files
from portal.services.certificate_files import Order
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task

logger = logging.getLogger("portal.tasks")


@task("draw_certificates")
def draw_certificates(*, batch_id: str, now: datetime) -> None:
    """Draw what is missing of a batch, a few at a time; what is there already stays."""
    wanted, after = UUID(batch_id), None
    # Drawing lets go of Python most of the time: every core takes part.
    with ThreadPoolExecutor(os.cpu_count() or 1) as cores:
        while True:
            after, orders = as_actor(
                certificate_batches.next_orders, SYSTEM, batch_id=wanted, after=after, now=now
            )
            drawn = [
                (order, files)
                for order, files in zip(orders, cores.map(_drawn, orders), strict=True)
                if files
            ]
            as_actor(
                certificate_batches.keep_drawn,
                SYSTEM,
                batch_id=wanted,
                drawn=drawn,
                finished=after is None,
                now=now,
            )
            if after is None:
                return


def _drawn(order: Order) -> Mapping[str, bytes]:
    """Its files; none when they cannot be made: one person must not hold up a class."""
    try:
        return certificate_files.draw(order)
    except Exception as error:
        # The kind of error only: the message may hold what the certificate says.
        logger.warning("certificate %s not drawn: %s", order.certificate_id, type(error).__name__)
        return {}


@periodic("forget_certificate_files", every=timedelta(days=1))
def forget_certificate_files(*, now: datetime) -> None:
    """Delete files that are a month old; they can be drawn again."""
    as_actor(certificate_files.forget, SYSTEM, now=now)

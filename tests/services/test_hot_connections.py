"""Connections of hot acts outlive whatever becomes of one statement."""

import asyncio
import contextlib

from sqlalchemy import Engine, text

from portal.services.hot import ASYNC_CONNECTIONS, closing_connections, run_statement_async

_SLOW, _QUICK = text("SELECT pg_sleep(20)"), text("SELECT 1 AS one")


def test_a_statement_that_was_called_off_leaves_a_connection_that_works(engine: Engine) -> None:
    async def act() -> list[int]:
        async with closing_connections():
            for _ in range(2):
                slow = asyncio.create_task(run_statement_async(_SLOW, {}))
                await asyncio.sleep(0.2)
                slow.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await slow
            quick = [run_statement_async(_QUICK, {}) for _ in range(2 * ASYNC_CONNECTIONS)]
            return [row.one for row in await asyncio.gather(*quick)]

    assert asyncio.run(act()) == [1] * 2 * ASYNC_CONNECTIONS

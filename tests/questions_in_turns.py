"""Requests query the database within a turn of their caller: the suite fails for queries outside (DEPTH section 3).

Ten connections serve all users. Queries without a turn take as many of them as there are requests.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from pmd_service.base.database import RequestPool
from pmd_service.base.telemetry import request_id
from pmd_service.http.turns import Turns

_turns: ContextVar[int] = ContextVar("turns of this request", default=0)


class OutOfTurnError(AssertionError):
    """A request has queried the database without a turn."""


@asynccontextmanager
async def _acquire_turn(turns: Turns, user: str, **options: Any) -> AsyncIterator[None]:
    async with _ACQUIRE_TURN(turns, user, **options):
        before = _turns.set(_turns.get() + 1)
        try:
            yield
        finally:
            _turns.reset(before)


def _acquire_connection(pool: RequestPool, **options: Any) -> Any:
    if request_id() is not None and not _turns.get() and not _renews():
        raise OutOfTurnError("a request queries the database out of turn")
    return _ACQUIRE(pool, **options)


def _renews() -> bool:
    """Once a second for each of the places that there are for receiving, whatever else its user does."""
    task = asyncio.current_task()
    return task is not None and task.get_name().startswith("receiving ")


_ACQUIRE_TURN, _ACQUIRE = Turns.acquire, RequestPool.acquire


def forbid_questions_out_of_turn(patch: pytest.MonkeyPatch) -> None:
    """From here on the server's pool gives no connection to a request without a turn."""
    patch.setattr(Turns, "acquire", _acquire_turn)
    patch.setattr(RequestPool, "acquire", _acquire_connection)

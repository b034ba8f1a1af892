"""Operators' orders on rows of work (retry, cancel), carried out by a worker, which knows the kind's rules.

An order is a row of the operators' log from the moment it is given, and records its own outcome. It is carried out when
a ticket finds nothing to claim, and by an upkeep step.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from ..base.database import Connection, Pool, find_one
from ..base.telemetry import log
from ..locales import translatable
from ..vault.leftovers import BeingRemovedError
from .context import WorkerContext
from .kind import STOPPED, Failed, Kind
from .queue import Queues

BATCH = 128
STOPPED_BY_OPERATOR = Failed(translatable("The site's operators have stopped this."), STOPPED)
DONE, NOT_POSSIBLE = "done", "not possible: its state has changed, or it cannot be restarted"

# SQL: whether any order is pending.
IS_ORDERED = "EXISTS (SELECT FROM operator_log WHERE settled_at IS NULL)"

_NEXT = """
SELECT id, action, kind, row_id FROM operator_log
 WHERE settled_at IS NULL AND kind = ANY($1) AND ($2::bigint[] IS NULL OR id = ANY($2)) AND id > $3
 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_SETTLE = "UPDATE operator_log SET settled_at = now(), outcome = $2, user_id = $3 WHERE id = $1"


class Order(msgspec.Struct, frozen=True):
    """A pending order."""

    id: int
    action: str
    kind: str
    row_id: str


async def carry_out(pool: Pool, queues: Queues, kinds: Sequence[Kind[Any]], ids: Sequence[int] | None = None) -> int:
    """Carry out the first pending orders on rows of these kinds, at most ``BATCH``; returns how many were carried out.

    One that has to wait for a removal stays pending; ``Rounds`` comes to those behind more than a batch of such ones.

    Args:
        ids: only these orders.
    """
    count, _ = await _pass(pool, queues, kinds, ids, after=0)
    return count


class Rounds:
    """The upkeep's step: a batch at a time through all pending orders of these kinds, and from the first again."""

    def __init__(self, kinds: Sequence[Kind[Any]]) -> None:
        self._kinds = kinds
        self._after = 0

    async def __call__(self, worker: WorkerContext) -> None:
        _, self._after = await _pass(worker.pool, worker.queues, self._kinds, None, after=self._after)


async def _pass(
    pool: Pool, queues: Queues, kinds: Sequence[Kind[Any]], ids: Sequence[int] | None, *, after: int
) -> tuple[int, int]:
    """How many were carried out, and the last order that was tried; 0 after all of them."""
    by_name = {kind.name: kind for kind in kinds}
    count = 0
    for _ in range(BATCH):
        async with pool.acquire() as connection, connection.transaction():
            order = await find_one(connection, Order, _NEXT, list(by_name), ids, after)
            if order is None:
                return count, 0
            after = order.id
            is_settled = await _settle(connection, by_name[order.kind], order)
        count += is_settled
        if is_settled and order.action == "retry":
            await queues.put(by_name[order.kind].queue)
    return count, after


async def _settle(connection: Connection, kind: Kind[Any], order: Order) -> bool:
    """Carry it out and record its outcome; false if it has to wait."""
    try:
        user_id = await _try(connection, kind, order)
    except BeingRemovedError:  # for some seconds; longer where the store does not answer
        log.info("order_waits", action=order.action, kind=order.kind, row=order.row_id)
        return False
    await connection.execute(_SETTLE, order.id, NOT_POSSIBLE if user_id is None else DONE, user_id)
    log.info("order_carried_out", action=order.action, kind=order.kind, row=order.row_id, is_done=user_id is not None)
    return True


async def _try(connection: Connection, kind: Kind[Any], order: Order) -> int | None:
    """The owner of the row; None if the order is not possible, and everything is rolled back then."""
    act = _restart if order.action == "retry" else _stop
    try:
        async with connection.transaction():
            subject = kind.key(order.row_id)
            await kind.lock_first(connection, [subject])
            user_id = await act(connection, kind, subject)
    except (_NotPossibleError, ValueError, asyncpg.UniqueViolationError):  # not an id; a newer row does the same
        return None
    kind.on_state("waiting" if order.action == "retry" else "failed")
    return user_id


class _NotPossibleError(Exception):
    """The row's state does not allow the order."""


_RESTART = """
UPDATE work
   SET state = 'waiting', faults = 0, expired = 0, error = NULL, code = NULL, next_step = NULL, ended_at = NULL,
       due_at = clock_timestamp()
 WHERE kind = $1 AND subject = $2 AND state = 'failed'
RETURNING user_id
"""
_STOP = """
UPDATE work
   SET state = 'failed', turn = NULL, token = NULL, lease_until = NULL, claimed_at = NULL, error = $3, code = $4,
       next_step = 'retry', ended_at = now()
 WHERE kind = $1 AND subject = $2 AND state IN ('waiting', 'running')
RETURNING user_id
"""


async def _restart(connection: Connection, kind: Kind[Any], subject: Any) -> int:
    user_id: int | None = await connection.fetchval(_RESTART, kind.name, str(subject))
    if user_id is None:
        raise _NotPossibleError
    await kind.before_restart(connection, subject)
    if await connection.fetchrow(kind.restart, subject) is None:
        raise _NotPossibleError
    return user_id


async def _stop(connection: Connection, kind: Kind[Any], subject: Any) -> int:
    """A worker that runs it finds at its next heartbeat that the lease is lost."""
    failed = STOPPED_BY_OPERATOR
    user_id: int | None = await connection.fetchval(_STOP, kind.name, str(subject), failed.message, failed.code)
    if user_id is None:
        raise _NotPossibleError
    await kind.fail(connection, [subject], failed)
    return user_id

"""Operators' orders on rows of work (retry, cancel), carried out by a worker, which knows the kind's rules.

An order is a row of the operators' log from the moment it is given, and records its own outcome. It is carried out when
a ticket finds nothing to claim, and by an upkeep step.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from ..base.database import Connection, Pool, find_one
from ..base.telemetry import log
from .kind import STOPPED, Kind
from .lease import NO_LEASE, and_set
from .queue import Queues

BATCH = 128
STOPPED_MESSAGE = "The site's operators have stopped this."
DONE, NOT_POSSIBLE = "done", "not possible: its state has changed, or it cannot be restarted"

# SQL: whether any order is pending.
IS_ORDERED = "EXISTS (SELECT FROM operator_log WHERE settled_at IS NULL)"

_NEXT = """
SELECT id, action, kind, row_id FROM operator_log
 WHERE settled_at IS NULL AND kind = ANY($1) AND ($2::bigint[] IS NULL OR id = ANY($2))
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
    """Carry out pending orders on rows of these kinds, at most ``BATCH``; returns how many there were.

    Args:
        ids: only these orders.
    """
    by_name = {kind.name: kind for kind in kinds}
    for count in range(BATCH):
        async with pool.acquire() as connection, connection.transaction():
            order = await _settle_next(connection, by_name, ids)
        if order is None:
            return count
        if order.action == "retry":
            await queues.put(by_name[order.kind].queue)
    return BATCH


async def _settle_next(
    connection: Connection, kinds: Mapping[str, Kind[Any]], ids: Sequence[int] | None
) -> Order | None:
    order = await find_one(connection, Order, _NEXT, list(kinds), ids)
    if order is None:
        return None
    user_id = await _try(connection, kinds[order.kind], order)
    await connection.execute(_SETTLE, order.id, NOT_POSSIBLE if user_id is None else DONE, user_id)
    log.info("order_carried_out", action=order.action, kind=order.kind, row=order.row_id, is_done=user_id is not None)
    return order


async def _try(connection: Connection, kind: Kind[Any], order: Order) -> int | None:
    """The owner of the row; None if the order is not possible, and everything is rolled back then."""
    act = _restart if order.action == "retry" else _stop
    try:
        async with connection.transaction():
            user_id = await act(connection, kind, kind.key(order.row_id))
    except (_NotPossibleError, ValueError, asyncpg.UniqueViolationError):  # not an id; a newer row does the same
        return None
    kind.on_status(kind.waiting if order.action == "retry" else kind.failed)
    return user_id


class _NotPossibleError(Exception):
    """The row's state does not allow the order."""


async def _restart(connection: Connection, kind: Kind[Any], row_id: Any) -> int:
    await kind.before_restart(connection, [row_id])
    code = and_set(kind.error_code and f"{kind.error_code} = NULL")
    user_id: int | None = await connection.fetchval(
        f"""UPDATE {kind.table}
               SET {kind.status} = '{kind.waiting}', {kind.error_message} = NULL{code}, faults = 0, expired_leases = 0,
                   next_attempt_at = now(){and_set(kind.set_on_restart)}
             WHERE id = $1 AND {kind.status} = '{kind.failed}' AND {kind.where} AND ({kind.can_restart})
            RETURNING user_id""",
        row_id,
    )
    if user_id is None:
        raise _NotPossibleError
    return user_id


async def _stop(connection: Connection, kind: Kind[Any], row_id: Any) -> int:
    """A worker that runs it finds at its next heartbeat that the lease is lost."""
    code = and_set(kind.error_code and f"{kind.error_code} = '{STOPPED}'")
    user_id: int | None = await connection.fetchval(
        f"""UPDATE {kind.table}
               SET {NO_LEASE}, {kind.status} = '{kind.failed}',
                   {kind.error_message} = $2{code}{and_set(kind.set_on_fail)}
             WHERE id = $1 AND {kind.status} IN ('{kind.waiting}', '{kind.running}') AND {kind.where}
               AND next_attempt_at < 'infinity'
            RETURNING user_id""",
        row_id,
        STOPPED_MESSAGE,
    )
    if user_id is None:
        raise _NotPossibleError
    await kind.on_failed(connection, [row_id])
    return user_id

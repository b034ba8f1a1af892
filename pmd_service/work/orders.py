"""What operators have ordered of rows of work, carried out by a worker: who knows the kind's own rules.

An order stands in the operators' log from the moment it is given, and says in the end what has become of it. It is
carried out where a ticket finds nothing more to claim, and by a step of the upkeep.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from ..base.database import Connection, Pool, find_one
from ..base.telemetry import log
from .kind import STOPPED, Kind
from .lease import FREE, also
from .queue import Queues

AT_ONCE = 128
STOPPED_MESSAGE = "The site's operators have stopped this."
DONE, NOT_POSSIBLE = "done", "not now: its state is another by now, or it cannot begin anew"

# Whether there is any order that nobody has carried out.
IS_ORDERED = "EXISTS (SELECT FROM operator_log WHERE settled_at IS NULL)"

_NEXT = """
SELECT id, action, kind, row_id FROM operator_log
 WHERE settled_at IS NULL AND kind = ANY($1) AND ($2::bigint[] IS NULL OR id = ANY($2))
 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_SETTLE = "UPDATE operator_log SET settled_at = now(), outcome = $2, user_id = $3 WHERE id = $1"


class Order(msgspec.Struct, frozen=True):
    """An order that nobody has carried out."""

    id: int
    action: str
    kind: str
    row_id: str


async def carry_out(pool: Pool, queues: Queues, kinds: Sequence[Kind[Any]], ids: Sequence[int] | None = None) -> int:
    """Carry out what is ordered of rows of these kinds, so many at a time; how many orders there were.

    Args:
        ids: these orders only.
    """
    by_name = {kind.name: kind for kind in kinds}
    for count in range(AT_ONCE):
        async with pool.acquire() as connection, connection.transaction():
            order = await _settle_next(connection, by_name, ids)
        if order is None:
            return count
        if order.action == "retry":
            await queues.put(by_name[order.kind].queue)
    return AT_ONCE


async def _settle_next(
    connection: Connection, kinds: Mapping[str, Kind[Any]], ids: Sequence[int] | None
) -> Order | None:
    order = await find_one(connection, Order, _NEXT, list(kinds), ids)
    if order is None:
        return None
    whose = await _try(connection, kinds[order.kind], order)
    await connection.execute(_SETTLE, order.id, NOT_POSSIBLE if whose is None else DONE, whose)
    log.info("order_carried_out", action=order.action, kind=order.kind, row=order.row_id, is_done=whose is not None)
    return order


async def _try(connection: Connection, kind: Kind[Any], order: Order) -> int | None:
    """Whose row it was; None where it cannot be, and what was written on the way is taken back then."""
    act = _begin_anew if order.action == "retry" else _stop
    try:
        async with connection.transaction():
            whose = await act(connection, kind, kind.key(order.row_id))
    except (_NotNowError, ValueError, asyncpg.UniqueViolationError):  # no id; another row does the same already
        return None
    kind.on_status(kind.waiting if order.action == "retry" else kind.failed)
    return whose


class _NotNowError(Exception):
    """The row is in no state for this."""


async def _begin_anew(connection: Connection, kind: Kind[Any], row_id: Any) -> int:
    await kind.before_restart(connection, [row_id])
    coded = also(kind.error_code and f"{kind.error_code} = NULL")
    whose: int | None = await connection.fetchval(
        f"""UPDATE {kind.table}
               SET {kind.status} = '{kind.waiting}', {kind.error_message} = NULL{coded}, faults = 0, expired_leases = 0,
                   next_attempt_at = now(){also(kind.set_on_restart)}
             WHERE id = $1 AND {kind.status} = '{kind.failed}' AND {kind.where} AND ({kind.can_restart})
            RETURNING user_id""",
        row_id,
    )
    if whose is None:
        raise _NotNowError
    return whose


async def _stop(connection: Connection, kind: Kind[Any], row_id: Any) -> int:
    """The heartbeat of whoever is at it finds no row of its own any more."""
    coded = also(kind.error_code and f"{kind.error_code} = '{STOPPED}'")
    whose: int | None = await connection.fetchval(
        f"""UPDATE {kind.table}
               SET {FREE}, {kind.status} = '{kind.failed}', {kind.error_message} = $2{coded}{also(kind.set_on_fail)}
             WHERE id = $1 AND {kind.status} IN ('{kind.waiting}', '{kind.running}') AND {kind.where}
               AND next_attempt_at < 'infinity'
            RETURNING user_id""",
        row_id,
        STOPPED_MESSAGE,
    )
    if whose is None:
        raise _NotNowError
    await kind.on_failed(connection, [row_id])
    return whose

"""Operators' acts, each a row of their log: retry, cancel, pause, resume; and reading that log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, find_values
from ...base.public_ids import PublicIds
from ...work.queue import Queue, Queues

Via: TypeAlias = Literal["console", "command"]
Action: TypeAlias = Literal["look", "retry", "cancel", "pause", "resume", "export_user", "erase_user"]
MAX_LOG = 200


class Operator(msgspec.Struct, frozen=True):
    """Who acts: an owner in the console, or an anonymous operator at the command line."""

    via: Via
    actor_id: int | None = None


COMMAND = Operator("command")


class OperatorAct(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's act; without an outcome, a worker has yet to carry it out."""

    id: int
    action: Action
    via: Via
    actor: Annotated[str | None, Meta(examples=["boss"])]
    kind: Annotated[str | None, Meta(examples=["probe"])]
    row_id: str | None
    user_sqid: Annotated[str | None, Meta(examples=["Uk7c"])]
    handle: Annotated[str | None, Meta(examples=["alice"])]
    created_at: datetime
    outcome: Annotated[str | None, Meta(examples=["done"])]


class WorkRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of work by its kind and id."""

    kind: Annotated[str, Meta(max_length=40, examples=["probe"])]
    id: Annotated[str, Meta(max_length=64, examples=["0b0f4a5e-6f44-4d3e-9b5f-0d5a6f1c2d3e"])]


_ORDER = """
INSERT INTO operator_log (actor_id, via, action, kind, row_id)
SELECT $1, $2, $3, rows.kind, rows.id FROM unnest($4::text[], $5::text[]) AS rows (kind, id)
  JOIN work_kinds ON name = rows.kind
RETURNING id
"""
_RECORD = """
INSERT INTO operator_log (actor_id, via, action, kind, row_id, user_id, settled_at, outcome)
VALUES ($1, $2, $3, $4, $5, $6, now(), 'done')
"""
# Repeated reads of the same row within an hour are recorded once.
_RECORD_READ = """
INSERT INTO operator_log (actor_id, via, action, kind, row_id, user_id, settled_at, outcome)
SELECT $1, $2, 'look', $3, $4, $5, now(), 'done'
 WHERE NOT EXISTS (SELECT FROM operator_log
                    WHERE action = 'look' AND kind = $3 AND row_id = $4 AND actor_id IS NOT DISTINCT FROM $1
                      AND created_at > now() - interval '1 hour')
"""
_PAUSE = """
UPDATE work_kinds SET paused_at = CASE WHEN $2 THEN coalesce(paused_at, now()) END WHERE name = $1 RETURNING queue
"""
_LIST = """
SELECT log.id, action, via, actor.handle AS actor, kind, row_id, log.user_id, target.public_sqid, target.handle,
       log.created_at, outcome
  FROM operator_log AS log
  LEFT JOIN users AS actor ON actor.id = actor_id
  LEFT JOIN users AS target ON target.id = log.user_id
 WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR row_id = $2)
 ORDER BY log.id DESC LIMIT $3
"""


async def order(
    connection: Connection | Pool, operator: Operator, action: Literal["retry", "cancel"], rows: Sequence[WorkRef]
) -> Sequence[int]:
    """Order an action on these rows, for a worker to carry out; returns the orders' ids, none for unknown kinds."""
    kinds, ids = [row.kind for row in rows], [row.id for row in rows]
    return await find_values(connection, _ORDER, operator.actor_id, operator.via, action, kinds, ids)


async def record_act(
    connection: Connection | Pool,
    operator: Operator,
    action: Action,
    *,
    kind: str | None = None,
    user_id: int | None = None,
) -> None:
    """Record what an operator is doing, in the same transaction."""
    await connection.execute(_RECORD, operator.actor_id, operator.via, action, kind, None, user_id)


async def record_read(connection: Connection | Pool, operator: Operator, row: WorkRef, *, user_id: int) -> None:
    await connection.execute(_RECORD_READ, operator.actor_id, operator.via, row.kind, row.id, user_id)


async def pause(pool: Pool, queues: Queues, operator: Operator, kind: str, *, is_paused: bool) -> bool:
    """Pause or resume claiming rows of this kind; running ones finish.

    Returns:
        Whether the kind exists.
    """
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_PAUSE, kind, is_paused)
        if row is None:
            return False
        await record_act(connection, operator, "pause" if is_paused else "resume", kind=kind)
    if not is_paused and row["queue"] in list(Queue):
        await queues.put(Queue(row["queue"]))
    return True


async def list_log(
    connection: Connection | Pool,
    ids: PublicIds,
    *,
    kind: str | None = None,
    row_id: str | None = None,
    limit: int = MAX_LOG,
) -> Sequence[OperatorAct]:
    """The log, newest first; of one row, or all."""
    rows = await connection.fetch(_LIST, kind, row_id, limit)
    return [_act(dict(row), ids) for row in rows]


def _act(columns: dict[str, object], ids: PublicIds) -> OperatorAct:
    user_id, sqid = columns.pop("user_id"), columns.pop("public_sqid")
    named = ids.of(user_id, sqid) if isinstance(user_id, int) else None  # type: ignore[arg-type]
    return msgspec.convert(columns | {"user_sqid": named}, OperatorAct)

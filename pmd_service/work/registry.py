"""The kinds of work as registered in Postgres (``work_kinds``), for the fair order, metrics and the console."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..base.database import Connection, Pool, find_all
from ..base.telemetry import log
from .kind import Kind

# Counting stops here, and is reported as “10,000+”.
COUNT_LIMIT = 10_000

# The first time, or with another limit, users of whom more rows may run are lined up again.
_REGISTER = """
WITH written AS (
    INSERT INTO work_kinds (name, queue, needs, per_user, in_order) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) DO UPDATE
       SET queue = excluded.queue, needs = excluded.needs, per_user = excluded.per_user, in_order = excluded.in_order
     WHERE (work_kinds.queue, work_kinds.needs, work_kinds.per_user, work_kinds.in_order)
           IS DISTINCT FROM (excluded.queue, excluded.needs, excluded.per_user, excluded.in_order)
    RETURNING name)
UPDATE work_accounts SET wakes_at = now()
 WHERE kind = (SELECT name FROM written)
   AND user_id IN (SELECT user_id FROM work WHERE kind = $1 AND state = 'waiting' AND turn IS NULL)
"""

_READ = "SELECT name, queue, needs, paused_at FROM work_kinds ORDER BY name"

# Rows without a turn wait for their owner's earlier ones, and are not late.
_LOAD = """
SELECT name AS kind,
       (SELECT count(*) FROM (SELECT FROM work WHERE kind = name AND state = 'waiting' LIMIT $1) AS few) AS waiting,
       (SELECT count(*) FROM (SELECT FROM work WHERE kind = name AND state = 'running' LIMIT $1) AS few) AS running,
       (SELECT count(*) FROM (SELECT FROM work WHERE kind = name AND state = 'failed' LIMIT $1) AS few) AS failed,
       (SELECT count(*) FROM (SELECT FROM work
                               WHERE kind = name AND state = 'waiting' AND turn IS NOT NULL AND due_at <= now()
                               LIMIT $1) AS few) AS due,
       (SELECT coalesce(greatest(extract(epoch FROM now() - min(due_at))::float8, 0), 0)
          FROM work WHERE kind = name AND state = 'waiting' AND turn IS NOT NULL) AS late
  FROM work_kinds
"""


class RegisteredKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind's row in ``work_kinds``."""

    name: str
    queue: str
    needs: Sequence[str]
    paused_at: datetime | None


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """A kind's numbers of rows, each up to ``COUNT_LIMIT``, and how overdue its first row is, in seconds.

    ``due`` are the waiting ones that a further worker would start now: others wait for their owner's earlier ones.
    """

    kind: str
    waiting: int
    due: int
    running: int
    failed: int
    late: float


def format_count(count: int) -> str:
    """“88”, or “10,000+” where counting stopped."""
    return f"{count:,}{'+' if count >= COUNT_LIMIT else ''}"


async def read_kinds(connection: Connection | Pool) -> Sequence[RegisteredKind]:
    return await find_all(connection, RegisteredKind, _READ)


async def measure_load(connection: Connection | Pool) -> Mapping[str, Load]:
    """The load of each kind."""
    return {load.kind: load for load in await find_all(connection, Load, _LOAD, COUNT_LIMIT)}


async def register_kinds(connection: Connection | Pool, kinds: Sequence[Kind[Any]], *, running_per_user: int) -> None:
    """Write these kinds to Postgres: a server shows and pauses them without their code.

    Args:
        running_per_user: the setting RUNNING_PER_USER.
    """
    for kind in kinds:
        allowed = per_user(kind, running_per_user)
        if kind.running_per_user is None and allowed < running_per_user:
            log.warning("running_per_user_cut", kind=kind.name, requested=running_per_user, allowed=allowed)
        values = (kind.queue.value, list(kind.needs), allowed, kind.in_order)
        await connection.execute(_REGISTER, kind.name, *values)


def per_user(kind: Kind[Any], running_per_user: int) -> int:
    """How many rows of one user may run concurrently: fewer than a process has slots, so that no user fills it."""
    return min(kind.running_per_user or running_per_user, kind.concurrency - 1)

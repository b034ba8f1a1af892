"""The kinds of work as registered in Postgres (``work_kinds``), for triggers, metrics and the console.

Workers write their kinds' descriptions when they start, so that a server can show kinds whose code it does not have.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ..base.database import Connection, Pool, find_all
from ..base.migrations import SchemaError
from ..base.telemetry import log
from .context import WorkerContext
from .kind import GAVE_UP, KEPT_DYING, STOPPED, Kind

# Counting stops here, and is reported as “10,000+”.
COUNT_LIMIT = 10_000

_DESCRIBE = """
UPDATE work_kinds
   SET running_per_user = $2, queue = $3, needs = $4, failed = $5, title = $6, error = $7, code = $8, next_step = $9,
       came = $10, ended = $11
 WHERE name = $1
   AND (running_per_user, queue, needs, failed, title, error, code, next_step, came, ended)
       IS DISTINCT FROM ($2, $3, $4::text[], $5, $6, $7, $8, $9, $10, $11)
"""

# Without its row and its triggers, a kind's rows would get no turn, and so never run.
_IS_QUEUED = """
SELECT EXISTS (SELECT FROM work_kinds
                 JOIN pg_trigger ON tgrelid = to_regclass(source) AND tgname = name || '_came'
                WHERE name = $1 AND source = $2)
"""

_READ = """
SELECT name, source, status, waiting, running, wanted, queue, needs, failed, title, error, code, next_step,
       came AS created, ended, paused_at,
       (SELECT format_type(atttypid, NULL) FROM pg_attribute
         WHERE attrelid = to_regclass(source) AND attname = 'id') AS key
  FROM work_kinds
 ORDER BY name
"""


class RegisteredKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind's row in ``work_kinds``; its SQL fragments only name columns of the table ``source``."""

    name: str
    source: str
    key: str  # the type of its ids: "uuid", "integer", "bigint"
    status: str
    waiting: str
    running: str
    wanted: str
    queue: str | None
    needs: Sequence[str]
    failed: str
    title: str
    error: str
    code: str
    next_step: str
    created: str
    ended: str
    paused_at: datetime | None

    def is_id(self, row_id: str) -> bool:
        """Whether this could be the id of one of its rows."""
        try:
            return bool(UUID(row_id)) if self.key == "uuid" else 0 <= int(row_id) < 2**31
        except ValueError:
            return False


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """A kind's numbers of rows, each up to ``COUNT_LIMIT``, and how overdue its first row is, in seconds."""

    kind: str
    waiting: int
    running: int
    failed: int
    late: float


def format_count(count: int) -> str:
    """“88”, or “10,000+” where counting stopped."""
    return f"{count:,}{'+' if count >= COUNT_LIMIT else ''}"


async def read_kinds(connection: Connection | Pool) -> Sequence[RegisteredKind]:
    return await find_all(connection, RegisteredKind, _READ)


async def measure_load(connection: Connection | Pool, kinds: Sequence[RegisteredKind]) -> Mapping[str, Load]:
    """Each kind's load.

    Rows without a turn wait for their owner's earlier ones, and are not late. Rows due at “infinity” wait for input
    from their owner, and are not counted.
    """
    loads = await find_all(connection, Load, " UNION ALL ".join(map(_measure, kinds))) if kinds else []
    return {load.kind: load for load in loads}


def _measure(kind: RegisteredKind) -> str:
    of_state = f"FROM {kind.source} WHERE {kind.wanted} AND {kind.status} ="
    counted = f"LIMIT {COUNT_LIMIT}) AS counted"
    return f"""
SELECT '{kind.name}' AS kind,
       (SELECT count(*) FROM (SELECT {of_state} '{kind.waiting}' AND next_attempt_at < 'infinity' {counted}) AS waiting,
       (SELECT count(*) FROM (SELECT {of_state} '{kind.running}' {counted}) AS running,
       (SELECT count(*) FROM (SELECT {of_state} '{kind.failed}' {counted}) AS failed,
       (SELECT coalesce(greatest(extract(epoch FROM now() - min(next_attempt_at))::float8, 0), 0)
          {of_state} '{kind.waiting}' AND turn IS NOT NULL) AS late"""


async def register_kinds(worker: WorkerContext, kinds: Sequence[Kind[Any]]) -> None:
    """Write the descriptions of these kinds, and RUNNING_PER_USER, to Postgres.

    Raises:
        SchemaError: no migration has set up the queue of a kind.
    """
    asked = worker.settings.running_per_user
    for kind in kinds:
        if not await worker.pool.fetchval(_IS_QUEUED, kind.name, kind.table):
            raise SchemaError(
                f"rows of the kind “{kind.name}” would never run: a migration has to insert it into work_kinds, with "
                f"{kind.table} as its source, and to call work_triggers('{kind.name}', …) (see CONTRIBUTING.md)"
            )
        allowed = per_user(kind, asked)
        if kind.running_per_user is None and allowed < asked:
            log.warning("running_per_user_cut", kind=kind.name, asked=asked, allowed=allowed)
        code = f"{kind.error_code}::text" if kind.error_code else "NULL::text"
        await worker.pool.execute(
            _DESCRIBE,
            kind.name,
            allowed,
            kind.queue.value,
            list(kind.needs),
            kind.failed,
            kind.title,
            kind.error_message,
            code,
            kind.next_step or _default_next_step(code),
            kind.created,
            kind.ended,
        )


def _default_next_step(code: str) -> str:
    retryable = f"'{GAVE_UP}', '{KEPT_DYING}', '{STOPPED}'"
    return f"CASE WHEN coalesce({code}, '{GAVE_UP}') IN ({retryable}) THEN 'retry' ELSE 'user' END"


def per_user(kind: Kind[Any], running_per_user: int) -> int:
    """How many rows of one user may run concurrently: fewer than a process has slots, so that no user fills it."""
    return min(kind.running_per_user or running_per_user, kind.concurrency - 1)

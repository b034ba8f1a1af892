"""Adding work, and taking it back: in the transaction that writes the subject."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from ..base.database import Connection, Pool, forget

# A failed row is restarted.
_ADD = """
INSERT INTO work (kind, subject, user_id, title, request_id, due_at)
SELECT $1, subject, $2, left(title, 300), $3, clock_timestamp() + make_interval(secs => $4)
  FROM unnest($5::text[], $6::text[]) AS added (subject, title)
    ON CONFLICT (kind, subject) DO UPDATE
   SET state = 'waiting', faults = 0, expired = 0, due_at = excluded.due_at, request_id = excluded.request_id,
       error = NULL, code = NULL, next_step = NULL, ended_at = NULL
 WHERE work.state = 'failed'
"""

# Failed work that no operator has restarted by then.
KEEP_FAILED_DAYS = 30

_FORGET_FAILED = """
DELETE FROM work
 WHERE id = ANY (ARRAY(SELECT id FROM work
                        WHERE state = 'failed' AND ended_at < now() - make_interval(days => $1)
                        LIMIT $2 FOR UPDATE SKIP LOCKED))
"""

_LOCK = "SELECT FROM work WHERE kind = $1 AND subject = $2 FOR UPDATE"
_DROP = "DELETE FROM work WHERE kind = $1 AND subject = ANY ($2::text[])"


async def add_work(
    connection: Connection,
    kind: str,
    user_id: int,
    subjects: Iterable[tuple[UUID | int, str]],
    *,
    request_id: str | None,
    delay_seconds: float = 0,
) -> None:
    """Have something done with these subjects, as soon as it is their owner's turn.

    Args:
        subjects: pairs of a subject's id and a title for operators.
        request_id: the HTTP request that causes it.
    """
    if added := [(str(subject), title) for subject, title in subjects]:
        await connection.execute(_ADD, kind, user_id, request_id, delay_seconds, *zip(*added, strict=True))


async def lock_work(connection: Connection, kind: str, subject: UUID | int) -> None:
    """Before the owner restarts a failed subject: the row of work is locked first, as everywhere.

    An operator who restarts it at the same time would otherwise deadlock with the owner.
    """
    await connection.execute(_LOCK, kind, str(subject))


_HASTEN = """
UPDATE work SET due_at = clock_timestamp()
 WHERE kind = $1 AND subject = $2 AND state = 'waiting' AND due_at > clock_timestamp()
"""


async def hasten_work(connection: Connection, kind: str, subject: UUID | int) -> None:
    """Have its next attempt begin now, where it would begin later."""
    await connection.execute(_HASTEN, kind, str(subject))


async def drop_work(connection: Connection, kind: str, subjects: Sequence[UUID | int]) -> None:
    """Have nothing more done with these subjects, before their own rows are changed.

    A worker that runs one finds at its next heartbeat that its lease is lost.
    """
    await connection.execute(_DROP, kind, [str(subject) for subject in subjects])


async def forget_failed(pool: Pool) -> None:
    """Daily upkeep."""
    await forget(pool, _FORGET_FAILED, KEEP_FAILED_DAYS)

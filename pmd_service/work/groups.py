"""Several rows of work in one attempt: rows that are cheaper to do together share the token of one that was claimed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from ..base.database import Connection, Pool
from ..base.telemetry import WORK_FAILURES
from ..base.trace import Step
from .claimed import LeaseLostError
from .lease import LEASE_SECONDS
from .row import PROCESS, Work

_RENEW = """
UPDATE work SET lease_until = now() + make_interval(secs => $3) WHERE kind = $1 AND state = 'running' AND token = $2
"""
_END = """
WITH ended AS (DELETE FROM work WHERE kind = $1 AND token = $2 AND subject = ANY ($4::text[]) RETURNING *)
INSERT INTO work_attempts (kind, subject, user_id, title, attempt, worker, outcome, seconds, steps, request_id,
                           created_at)
SELECT kind, subject, user_id, title, attempt, $3, 'done', line.seconds, line.steps::jsonb, request_id, created_at
  FROM ended JOIN unnest($4::text[], $5::float8[], $6::text[]) AS line (subject, seconds, steps) USING (subject)
RETURNING id
"""
_FAIL = """
WITH failed AS (
    UPDATE work
       SET state = 'failed', turn = NULL, token = NULL, lease_until = NULL, claimed_at = NULL,
           error = left(line.message, 500), code = line.code, next_step = 'user', ended_at = now()
      FROM unnest($4::text[], $5::float8[], $6::text[], $7::text[], $8::text[])
           AS line (subject, seconds, steps, code, message)
     WHERE work.kind = $1 AND work.token = $2 AND work.subject = line.subject
    RETURNING work.*, line.seconds, line.steps)
INSERT INTO work_attempts (kind, subject, user_id, title, attempt, worker, outcome, error, seconds, steps, request_id,
                           created_at)
SELECT kind, subject, user_id, title, attempt, $3, 'failed', error, seconds, steps::jsonb, request_id, created_at
  FROM failed
RETURNING id
"""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one row's part in the attempt; ``refused``: a code and a message for its owner, who has to act."""

    subject: UUID | int
    seconds: float
    steps: Sequence[Step] = ()
    refused: tuple[str, str] | None = None


async def renew_group(pool: Pool, work: Work) -> None:
    """Extend the leases of all rows with the token of this one."""
    await pool.execute(_RENEW, work.kind, work.token, LEASE_SECONDS)


async def end_group(connection: Connection, work: Work, rows: Sequence[Ended]) -> None:
    """End these rows of an attempt, and record it for each; before their subjects are changed.

    Raises:
        LeaseLostError: the lease on one of them is lost; the transaction must not commit.
    """
    done = [row for row in rows if row.refused is None]
    refused = [(row, *row.refused) for row in rows if row.refused is not None]
    ended: list[Any] = []
    key = (work.kind, work.token, PROCESS)
    if done:
        ended += await connection.fetch(_END, *key, *_columns(done))
    if refused:
        codes, messages = [code for _, code, _ in refused], [message for _, _, message in refused]
        ended += await connection.fetch(_FAIL, *key, *_columns([row for row, *_ in refused]), codes, messages)
    if len(ended) < len(rows):
        raise LeaseLostError
    WORK_FAILURES.labels(work.kind, "user").inc(len(refused))


def _columns(rows: Sequence[Ended]) -> tuple[list[str], list[float], list[str]]:
    return (
        [str(row.subject) for row in rows],
        [row.seconds for row in rows],
        [msgspec.json.encode(row.steps).decode() for row in rows],
    )

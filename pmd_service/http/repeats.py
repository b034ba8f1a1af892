"""Repeated requests: find the row that the first use of an ``Idempotency-Key`` has created."""

from collections.abc import Mapping

import asyncpg

from ..base.database import Connection
from .errors import unprocessable


async def find_repeated(
    connection: Connection,
    table: str,
    *,
    requested_by: int,
    key: str | None,
    values: Mapping[str, object],
    columns: str = "*",
    among: str = "true",
    what: str = "request",
) -> asyncpg.Record | None:
    """The row that this key has created within the last 24 hours; call it under the lock for inserting such rows.

    Args:
        values: the request's values, by the columns that must have them.
        columns: to read, including those of ``values``.
        among: a condition on the rows.

    Raises:
        ProblemError: 422, the key has been used for something else.
    """
    if key is None:
        return None
    row = await connection.fetchrow(
        f"""
        SELECT {columns}
          FROM {table}
         WHERE requested_by = $1 AND idempotency_key = $2 AND created_at > now() - interval '24 hours' AND {among}
         ORDER BY created_at DESC
         LIMIT 1""",
        requested_by,
        key,
    )
    if row is not None and any(row[column] != value for column, value in values.items()):
        raise unprocessable(f"This Idempotency-Key was used for another {what}.", path="Idempotency-Key")
    return row

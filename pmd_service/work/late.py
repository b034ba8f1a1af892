"""Since when work is due that nobody has begun: the one measure of whether there are enough workers."""

from collections.abc import Mapping

from ..base.database import Connection, Pool

_KINDS = "SELECT name, source, status, waiting, wanted FROM work_kinds ORDER BY name"


async def read_late(connection: Connection | Pool) -> Mapping[str, float]:
    """For each kind of work, how long in seconds the row that stands first in line has been due; 0 without one.

    Rows that wait for their owner's own earlier ones have no turn, and are late by nobody's fault.
    """
    kinds = await connection.fetch(_KINDS)
    looks = [
        f"""SELECT '{row["name"]}' AS kind, extract(epoch FROM now() - min(next_attempt_at))::float8 AS seconds
              FROM {row["source"]}
             WHERE {row["status"]} = '{row["waiting"]}' AND turn IS NOT NULL AND {row["wanted"]}"""
        for row in kinds
    ]
    late = await connection.fetch(" UNION ALL ".join(looks))
    return {row["kind"]: max(row["seconds"] or 0.0, 0.0) for row in late}

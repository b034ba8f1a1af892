"""A file's lineage: the tasks that led to it from its original, as the reports of all these files record it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool

MAX_STEPS = 32


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One task and its source file; older reports do not name the engine."""

    task: Annotated[str, Meta(examples=["upscale"])]
    params: Annotated[Mapping[str, Any], Meta(examples=[{"factor": 4}])]
    asset_id: Annotated[int, Meta(description="The source file; of a sheet the first one.", examples=[7])]
    made_at: datetime
    engine: Annotated[str | None, Meta(description="The engine that ran the task.")] = None
    version: Annotated[str | None, Meta(description="The service's release.", examples=["1.0.0"])] = None


# The report with which a file was added names its task; that of an uploaded file names none.
_STEPS = f"""
WITH RECURSIVE made AS (
    SELECT id AS root, jsonb_build_object('asset_id', id) AS made_by, created_at AS made_at, 0 AS depth
      FROM asset WHERE id = ANY ($1) AND user_id = $2
    UNION ALL
    SELECT root, facts -> 'made_by', report.created_at, depth + 1
      FROM made
      JOIN LATERAL (
           SELECT facts, created_at FROM reports
            WHERE asset_id = (made_by ->> 'asset_id')::bigint AND user_id = $2 AND outcome = 'added'
            ORDER BY created_at LIMIT 1) AS report ON facts ? 'made_by'
     WHERE depth < {MAX_STEPS})
SELECT root, made_by, made_at FROM made WHERE depth > 0 ORDER BY root, depth DESC
"""


async def find_steps(
    connection: Connection | Pool, *, user_id: int, asset_ids: Collection[int]
) -> Mapping[int, Sequence[Step]]:
    """The steps that led to each of these files of the user, oldest first; an original has none."""
    steps: dict[int, list[Step]] = defaultdict(list)
    for root, made_by, made_at in await connection.fetch(_STEPS, list(asset_ids), user_id):
        steps[root].append(msgspec.convert(made_by | {"task": made_by["kind"], "made_at": made_at}, Step))
    return steps

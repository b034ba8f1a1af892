"""Queries on tasks, which are rows of ``job``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from ..assets.pack_pictures import PICTURES, CoverPicture
from ..assets.types import AssetType, State
from ..base.database import Connection, Pool, find_all, find_one
from ..events.topic import Topic, loads, newest_of
from ..http.wire import Cursor, PageCursor
from ..locales import Sentence
from ..media.messages import LoopChoice
from ..media.registry import KindName
from ..work.progress import Percent, percent

Status = Literal["pending", "running", "completed", "failed", "cancelled"]
MAX_PAGE = 128


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """The first file that a task has made, as it is now."""

    id: Annotated[int, Meta(examples=[12])]
    name: Annotated[str, Meta(examples=["lighthouse large.png"])]
    type: Annotated[AssetType, Meta(examples=["image"])]
    file_format: Annotated[str, Meta(examples=["png"])]
    has_preview: bool
    width: int | None
    height: int | None
    duration_sec: float | None
    size_bytes: Annotated[int, Meta(examples=[64_120])]
    state: Annotated[State, Meta(examples=["new"])]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One task in the API and the event stream. ``progress`` is in per cent, 100 only once it is completed."""

    id: Annotated[int, Meta(examples=[12])]
    kind: Annotated[KindName, Meta(examples=["upscale"])]
    asset_id: Annotated[int | None, Meta(examples=[7])]
    asset_ids: Annotated[
        Sequence[int], Meta(description="All files, for a kind that takes them together.", examples=[[]])
    ]
    pack_id: int | None
    group_id: UUID | None
    status: Annotated[Status, Meta(examples=["pending"])]
    progress: Percent
    step: Sentence | None
    error_code: str | None
    error_message: Sentence | None
    result_asset_id: int | None
    result_asset_ids: Annotated[
        Sequence[int], Meta(description="All results; the first is `result_asset_id`.", examples=[[12]])
    ]
    result_size_bytes: int | None
    unchanged_reason: Annotated[
        str | None,
        Meta(description="For a completed task without a result: why the file was left as it is.", examples=[None]),
    ]
    loops: Annotated[
        Sequence[LoopChoice],
        Meta(description="Of a task that lists loops: to choose from, the best first.", examples=[[]]),
    ]
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    asset_name: Annotated[str | None, Meta(description="The file's name.", examples=["lighthouse.png"])]
    asset_type: Annotated[AssetType | None, Meta(examples=["image"])]
    asset_format: Annotated[str | None, Meta(examples=["png"])]
    asset_has_preview: Annotated[bool | None, Meta(examples=[True])]
    asset_width: int | None
    asset_height: int | None
    asset_size_bytes: Annotated[int | None, Meta(examples=[18_233])]
    result: JobResult | None
    pack_name: Annotated[str | None, Meta(description="The name of the pack that is built.", examples=[None])]
    pack_picture: Annotated[CoverPicture | None, Meta(description="Its cover's, or the first of the pack.")]


class GroupCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of all tasks that were started together; ``progress`` is in per cent over all of them."""

    group_id: UUID
    total: Annotated[int, Meta(examples=[1])]
    pending: int
    running: int
    completed: int
    failed: int
    cancelled: int
    unchanged: Annotated[int, Meta(description="Completed ones whose files were left as they are.")]
    results: Annotated[int, Meta(description="Files that the completed ones have made.")]
    progress: Percent
    started_at: datetime | None


class JobsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query of a page of tasks."""

    status: Annotated[Status, Meta(description="Only tasks in this state.")] | None = None
    kind: Annotated[KindName, Meta(description="Only tasks of this kind.")] | None = None
    group_id: Annotated[UUID, Meta(description="Only tasks that were started together.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Tasks per page.")] = MAX_PAGE
    cursor: PageCursor | None = None


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of tasks, newest first; ``next_cursor`` is null on the last page."""

    items: Sequence[Job]
    next_cursor: str | None
    total_count: Annotated[int, Meta(description="At most 10,000.")]
    total_is_exact: Annotated[bool, Meta(description="False: there are more.")] = True
    groups: Annotated[
        Sequence[GroupCounts],
        Meta(
            description="The counts of each group with a task on this page, over all tasks of the group.", examples=[[]]
        ),
    ] = ()


# Beyond this count, total_is_exact is false.
MAX_COUNTED = 10_000

_JOINED = {
    "progress": percent("job.progress"),
    "asset_name": "asset.name",
    "asset_type": "asset.type",
    "asset_format": "asset.file_format",
    "asset_has_preview": "CASE WHEN asset.id IS NOT NULL THEN asset.preview_path IS NOT NULL END",
    "asset_width": "asset.width",
    "asset_height": "asset.height",
    "asset_size_bytes": "asset.size_bytes",
    "result": """(SELECT jsonb_build_object('id', made.id, 'name', made.name, 'type', made.type, 'file_format',
                         made.file_format, 'has_preview', made.preview_path IS NOT NULL, 'width', made.width, 'height',
                         made.height, 'duration_sec', made.duration_sec, 'size_bytes', made.size_bytes, 'state',
                         made.state) FROM asset AS made WHERE made.id = job.result_asset_id)""",
    "pack_name": "pack.name",
    "pack_picture": f"({PICTURES}) -> 0",
}
_COLUMNS = ", ".join(f"{_JOINED.get(name, f'job.{name}')} AS {name}" for name in Job.__struct_fields__)
# OFFSET 0 keeps the lateral join a lookup: with stale statistics the planner would scan all files for each task.
_SELECT = f"""
SELECT {_COLUMNS}
  FROM job
  LEFT JOIN LATERAL (SELECT * FROM asset WHERE asset.id = job.asset_id OFFSET 0) AS asset ON true
  LEFT JOIN pack ON pack.id = job.pack_id
"""

TOPIC = Topic(
    kind="job",
    scopes=("library:read",),
    id_type=int,
    state=Job,
    load=loads(Job, f"{_SELECT} WHERE job.id = ANY($1)"),
    newest=newest_of("job"),
)


async def find_job(connection: Connection | Pool, *, user_id: int, job_id: int) -> Job | None:
    return await find_one(connection, Job, f"{_SELECT} WHERE job.id = $1 AND job.user_id = $2", job_id, user_id)


async def find_group(connection: Connection | Pool, *, user_id: int, group_id: UUID) -> list[Job]:
    """The tasks that were requested together, in order."""
    query = f"{_SELECT} WHERE job.group_id = $1 AND job.user_id = $2 ORDER BY job.id"
    return await find_all(connection, Job, query, group_id, user_id)


_COUNT_GROUPS = f"""
SELECT group_id, count(*) AS total,
       count(*) FILTER (WHERE status = 'pending') AS pending,
       count(*) FILTER (WHERE status = 'running') AS running,
       count(*) FILTER (WHERE status = 'completed') AS completed,
       count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE status = 'completed' AND unchanged_reason IS NOT NULL) AS unchanged,
       coalesce(sum(greatest(cardinality(result_asset_ids), (result_asset_id IS NOT NULL)::int))
                FILTER (WHERE status = 'completed'), 0) AS results,
       {percent("avg(CASE WHEN status IN ('pending', 'running') THEN progress ELSE 100 END)")} AS progress,
       min(started_at) AS started_at
  FROM job WHERE group_id = ANY ($1) AND user_id = $2
 GROUP BY group_id
"""


async def count_groups(
    connection: Connection | Pool, *, user_id: int, group_ids: Sequence[UUID]
) -> Sequence[GroupCounts]:
    """The counts of these groups; unknown and other users' groups are left out."""
    return await find_all(connection, GroupCounts, _COUNT_GROUPS, group_ids, user_id)


_MATCHING = """
 WHERE job.user_id = $1 AND ($2::text IS NULL OR job.status = $2) AND ($3::text IS NULL OR job.kind = $3)
   AND ($4::uuid IS NULL OR job.group_id = $4)
"""


async def list_jobs(connection: Connection | Pool, *, user_id: int, query: JobsQuery) -> JobPage:
    """A page of the user's tasks by ``(created_at, id)``, newest first."""
    values, after, limit = (user_id, query.status, query.kind, query.group_id), Cursor.parse(query.cursor), query.limit
    page = f"""
{_SELECT} {_MATCHING} AND (job.created_at, job.id) < ($5, $6::bigint)
 ORDER BY job.created_at DESC, job.id DESC LIMIT $7"""
    jobs = await find_all(connection, Job, page, *values, after.created_at, after.id, limit + 1)
    counted = f"SELECT FROM job {_MATCHING} LIMIT {MAX_COUNTED + 1}"
    total = await connection.fetchval(f"SELECT count(*) FROM ({counted}) AS counted", *values)
    group_ids = list({job.group_id for job in jobs[:limit] if job.group_id is not None})
    return JobPage(
        items=jobs[:limit],
        next_cursor=Cursor.behind(jobs, limit),
        total_count=min(total, MAX_COUNTED),
        total_is_exact=total <= MAX_COUNTED,
        groups=await count_groups(connection, user_id=user_id, group_ids=group_ids) if group_ids else (),
    )

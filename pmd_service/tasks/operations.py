"""What the API's documentation says about tasks."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec

from ..http.openapi import Answer, IdempotencyHeader, Operation, Operations
from . import routes
from .kinds import KindInfo, KindList
from .lifecycle import CancelGroup
from .queries import Job, JobPage
from .requests import MAX_WAITING, JobRequest, JobsStarted

_TAG = "Tasks"

_GROUP = UUID("5f0c7d52-8f0a-4f0e-9d3a-1b2f7c1d8e90")


class JobPath(msgspec.Struct):
    job_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1, description="The task's id.", examples=[12])]


_PENDING = Job(
    id=12,
    kind="upscale",
    asset_id=101,
    pack_id=None,
    group_id=_GROUP,
    status="pending",
    progress=0.0,
    step=None,
    error_code=None,
    error_message=None,
    result_asset_id=None,
    result_bytes=None,
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    started_at=None,
    completed_at=None,
)
_RUNNING = msgspec.structs.replace(
    _PENDING,
    status="running",
    progress=47.5,
    step="enlarging 12 of 24",
    started_at=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
)
_CANCELLED = msgspec.structs.replace(
    _PENDING, status="cancelled", completed_at=datetime(2026, 1, 2, 3, 4, 7, tzinfo=UTC)
)
_STARTED = JobsStarted(group_id=_GROUP, items=[_PENDING])
_KINDS = KindList(
    items=[
        KindInfo(
            kind="upscale",
            title="Enlarge",
            description="Two to eight times as large.",
            types=["image"],
            is_available=True,
            reason=None,
            params={"title": "Upscale", "type": "object", "properties": {"factor": {"enum": [2, 3, 4, 8]}}},
            estimate_seconds=1.2,
        )
    ]
)

_UNKNOWN = {HTTPStatus.NOT_FOUND: "There is no such task."}
_FULL = {HTTPStatus.TOO_MANY_REQUESTS: f"{MAX_WAITING} tasks wait already."}

OPERATIONS: Operations = {
    routes.post_jobs: Operation(
        tag=_TAG,
        summary="Begin tasks",
        description="One task a file; what they make are new files of the library, and the originals stay as they are. "
        "`params` are as `GET /api/pmd/jobs/kinds` describes them.",
        headers=IdempotencyHeader,
        body=JobRequest(kind="upscale", asset_ids=[101], params={"factor": 4}),
        answers=[Answer(_STARTED, "The tasks wait.", status=HTTPStatus.ACCEPTED)],
        problems=_FULL
        | {
            HTTPStatus.BAD_REQUEST: "A file is unknown, in the trash or somebody else's; nothing is begun.",
            HTTPStatus.UNPROCESSABLE_ENTITY: "It cannot be done with such a file, not so, or not here; or the "
            "`Idempotency-Key` was used for another request.",
        },
    ),
    routes.get_jobs: Operation(
        tag=_TAG,
        summary="List tasks",
        description="Newest first.",
        query=routes.JobsQuery,
        answers=[Answer(JobPage(items=[_RUNNING], next_cursor=None, total_count=1), "A page of tasks.")],
        problems={HTTPStatus.BAD_REQUEST: "The cursor is not one that this list gave."},
    ),
    routes.get_job_kinds: Operation(
        tag=_TAG,
        summary="List what can be done",
        description="Each kind with the JSON schema of its parameters, and whether it is set up here; for a file only "
        "what takes it, with how long it will run, roughly.",
        query=routes.KindsQuery,
        answers=[Answer(_KINDS, "The kinds of tasks.")],
        problems={HTTPStatus.NOT_FOUND: "There is no such file."},
    ),
    routes.get_job: Operation(
        tag=_TAG,
        summary="Look at a task",
        description="`progress` only grows, and is 100 when the task is completed and not before.",
        path=JobPath,
        answers=[Answer(_RUNNING, "The task.")],
        problems=_UNKNOWN,
    ),
    routes.post_job_cancel: Operation(
        tag=_TAG,
        summary="Cancel a task",
        description="A waiting task ends at once, a running one within a second; nothing of it is left.",
        path=JobPath,
        answers=[Answer(_CANCELLED, "The task.")],
        problems=_UNKNOWN | {HTTPStatus.CONFLICT: "The task has ended already."},
    ),
    routes.post_job_retry: Operation(
        tag=_TAG,
        summary="Try a task again",
        description="What has failed or was cancelled begins anew.",
        path=JobPath,
        answers=[Answer(_PENDING, "The task.")],
        problems=_UNKNOWN | _FULL | {HTTPStatus.CONFLICT: "The task has not failed, or builds a pack."},
    ),
    routes.post_jobs_cancel: Operation(
        tag=_TAG,
        summary="Cancel a group of tasks",
        description="Ends all that have not ended.",
        body=CancelGroup(group_id=_GROUP),
        answers=[Answer(JobsStarted(group_id=_GROUP, items=[_CANCELLED]), "The group's tasks.")],
        problems={
            HTTPStatus.NOT_FOUND: "There is no such group.",
            HTTPStatus.CONFLICT: "All of it has ended already.",
        },
    ),
}

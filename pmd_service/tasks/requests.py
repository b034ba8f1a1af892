"""The rules of requesting tasks: which files and parameters are valid, and how many tasks may wait."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from ..assets.asset import find_assets
from ..assets.types import TYPE_WORDS
from ..base.database import Connection, Pool, lock
from ..base.settings import Settings
from ..base.telemetry import log, request_id
from ..http.errors import ProblemError, bad_request, too_many, unprocessable
from ..http.once import Once
from ..http.selection import MAX_NAMED, MAX_SELECTION, RowId, named
from ..http.wire import fault_of
from ..identity import audit
from ..identity.users import Actor
from ..media.registry import KINDS, KindName
from ..work.adding import add_work
from ..work.queue import Queue, Queues
from .kinds import unavailable_reason
from .queries import Job, find_group

# Enough for a large folder.
MAX_WAITING = 2048

# A user's waiting tasks are counted and inserted under this advisory lock.
LOCK = "task"

_INSERT = """
INSERT INTO job (user_id, kind, asset_id, asset_ids, params_json, requested_by, group_id)
SELECT $1, $2, chosen.asset_id, CASE WHEN $7 THEN $3::bigint[] ELSE '{}' END, $4, $5, $6
  FROM unnest($3::bigint[]) WITH ORDINALITY AS chosen (asset_id, place)
 WHERE NOT $7 OR chosen.place = 1
 ORDER BY chosen.place
RETURNING id, asset_id
"""


class JobRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/jobs; repeated ids count once. ``params`` follow the kind's schema."""

    kind: Annotated[KindName, Meta(examples=["upscale"])]
    asset_ids: Annotated[list[RowId], Meta(min_length=1, max_length=MAX_NAMED, examples=[[7]])]
    params: Annotated[dict[str, Any], Meta(examples=[{"factor": 4}])] = {}


class JobsStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks that were requested together: one per file, or one for all files."""

    group_id: UUID
    items: Sequence[Job]


async def request_tasks(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: JobRequest, once: Once
) -> JobsStarted:
    """Commit one task per file, or one for all if the kind takes them together; then enqueue as many as may run.

    Raises:
        ProblemError: 400 unknown file, 422 wrong type or parameters, or not installed, 429 too many tasks wait.
    """
    asset_ids = list(dict.fromkeys(body.asset_ids))
    if len(asset_ids) > MAX_SELECTION:
        raise unprocessable(f"At most {MAX_SELECTION} files are possible in one request.", path="$.asset_ids")
    kind, params = KINDS[body.kind], read_params(body)
    if reason := unavailable_reason(kind, params):
        raise unprocessable(reason, path="$.kind")
    params_json = msgspec.json.encode(params).decode()
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, LOCK, actor.viewer.id)
        group_id, owner = uuid4(), actor.subject
        names = await _check_assets(connection, actor, body.kind, asset_ids)
        await require_capacity(connection, actor, more=1 if kind.together else len(asset_ids))
        values = (owner.id, body.kind, asset_ids, params_json, actor.viewer.id, group_id, kind.together)
        rows = await connection.fetch(_INSERT, *values)
        await add_tasks(connection, owner.id, [(row["id"], body.kind, names[row["asset_id"]]) for row in rows])
        await audit.record(connection, actor, "begin_tasks", asset_ids=asset_ids)
        started = JobsStarted(
            group_id=group_id, items=await find_group(connection, user_id=owner.id, group_id=group_id)
        )
        await once.end(connection, started)
    log.info("tasks_requested", kind=body.kind, files=len(asset_ids), group_id=str(group_id), user=owner.sqid)
    # No more of one user's tasks run concurrently; the others are enqueued as these end.
    await queues.put(Queue.TASKS, min(len(started.items), settings.running_per_user))
    return started


def read_params(body: JobRequest) -> msgspec.Struct:
    """Raises: ProblemError: 422 they do not fit the kind, or no task of it can be requested."""
    if KINDS[body.kind].engine is None:
        raise unprocessable("A pack is built by POST /api/pmd/packs/{id}/export.", path="$.kind")
    try:
        params = msgspec.convert(body.params, KINDS[body.kind].params)
    except msgspec.ValidationError as error:
        fault = fault_of(error, "$.params")
        detail = f"The parameters are not valid: {fault.message}."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, faults=[fault]) from error
    assert isinstance(params, msgspec.Struct)
    return params


async def add_tasks(connection: Connection, user_id: int, tasks: Sequence[tuple[int, str, str]]) -> None:
    """Have these tasks run: each by its id, its kind, and the name of its file."""
    titles = [(task_id, f"{kind.replace('_', ' ')} · {name}") for task_id, kind, name in tasks]
    await add_work(connection, "task", user_id, titles, request_id=request_id())


async def _check_assets(
    connection: Connection, actor: Actor, kind: KindName, asset_ids: Sequence[int]
) -> Mapping[int, str]:
    """The names of these files, by their ids."""
    assets = await find_assets(connection, user_id=actor.subject.id, asset_ids=asset_ids)
    missing = [asset_id for asset_id in asset_ids if asset_id not in assets or assets[asset_id].deleted_at is not None]
    if missing:
        # Do not reveal whether a file is unknown, in the trash or another user's.
        detail = f"These files are not in your library: {named(missing)}. No task was started."
        raise bad_request(detail, path="$.asset_ids")
    types = KINDS[kind].types
    for place, asset_id in enumerate(asset_ids):
        asset = assets[asset_id]
        if asset.type not in types:
            accepted = " and ".join(f"{TYPE_WORDS[each]}s" for each in types)
            detail = f"“{asset.name}” does not fit: this can be done with {accepted}."
            raise unprocessable(detail, path=f"$.asset_ids[{place}]")
    return {asset_id: asset.name for asset_id, asset in assets.items()}


async def require_capacity(connection: Connection, actor: Actor, *, more: int) -> None:
    """Check that this many more tasks may wait; call it under ``LOCK``.

    Raises:
        ProblemError: 429, too many wait already.
    """
    waiting = await connection.fetchval(
        "SELECT count(*) FROM job WHERE requested_by = $1 AND status = 'pending'", actor.viewer.id
    )
    if waiting + more > MAX_WAITING:
        detail = f"At most {MAX_WAITING:,} tasks may wait, and {waiting} do. Start these when some have ended."
        raise too_many(detail, seconds=60)

"""The rules of asking for tasks: with which files, what may be chosen, how many may wait."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from ..assets.asset import TYPE_WORDS, find_assets
from ..base.database import Connection, Pool, lock
from ..base.settings import Settings
from ..base.telemetry import log, request_id
from ..http.errors import ProblemError, bad_request, too_many, unprocessable
from ..http.repeats import find_repeated
from ..http.selection import MAX_NAMED, MAX_SELECTION, RowId, named
from ..http.wire import fault_of
from ..identity import audit
from ..identity.users import Actor
from ..work.queue import Queue, Queues
from .kinds import KINDS, Name, is_set_up
from .queries import Job, find_group

# As many as a large folder has: “Start 815 tasks” starts them.
MAX_WAITING = 2048

# Under it, a user's tasks are counted and added.
LOCK = "task"

_REPEATED = """
group_id, user_id, kind, params_json,
CASE asset_ids WHEN '{}' THEN array(SELECT asset_id FROM job AS same WHERE same.group_id = job.group_id ORDER BY id)
               ELSE asset_ids END AS asset_ids"""

_INSERT = """
INSERT INTO job (user_id, kind, asset_id, asset_ids, params_json, requested_by, group_id, idempotency_key, request_id)
SELECT $1, $2, wanted.asset_id, CASE WHEN $9 THEN $3::int[] ELSE '{}' END, $4, $5, $6, $7, $8
  FROM unnest($3::int[]) WITH ORDINALITY AS wanted (asset_id, place)
 WHERE NOT $9 OR wanted.place = 1
 ORDER BY wanted.place
"""


class JobRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/jobs; ids that repeat count once. ``params`` are as the kind's schema has them."""

    kind: Annotated[Name, Meta(examples=["upscale"])]
    asset_ids: Annotated[list[RowId], Meta(min_length=1, max_length=MAX_NAMED, examples=[[7]])]
    params: Annotated[dict[str, Any], Meta(examples=[{"factor": 4}])] = {}


class JobsStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks that were asked for together: one a file, or one for all."""

    group_id: UUID
    items: Sequence[Job]


async def request_tasks(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: JobRequest, *, idempotency_key: str | None
) -> JobsStarted:
    """Commit one task a file, or one for all where the kind takes them together; then enqueue as many as may run.

    Raises:
        ProblemError: 400 a file is unknown, 422 it cannot be done with it, not so, or not here, 429 too many wait.
    """
    asset_ids = list(dict.fromkeys(body.asset_ids))
    if len(asset_ids) > MAX_SELECTION:
        raise unprocessable(f"At most {MAX_SELECTION} files go at once.", path="$.asset_ids")
    params, together = _read_params(body), KINDS[body.kind].together
    if reason := is_set_up(body.kind, params):
        raise unprocessable(reason, path="$.kind")
    asked = {
        "user_id": actor.subject.id,
        "kind": body.kind,
        "asset_ids": asset_ids,
        "params_json": msgspec.json.encode(params).decode(),
    }
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, LOCK, actor.viewer.id)
        repeated = await find_repeated(
            connection, "job", requested_by=actor.viewer.id, key=idempotency_key, asked=asked, columns=_REPEATED
        )
        group_id: UUID = repeated["group_id"] if repeated else uuid4()
        if repeated is None:
            await _check_assets(connection, actor, body.kind, asset_ids)
            await require_place(connection, actor, more=1 if together else len(asset_ids))
            key = idempotency_key
            await connection.execute(_INSERT, *asked.values(), actor.viewer.id, group_id, key, request_id(), together)
            await audit.record(connection, actor, "begin_tasks", asset_ids=asset_ids)
            told = {"kind": body.kind, "files": len(asset_ids), "group_id": str(group_id)}
            log.info("tasks_requested", **told, user=actor.subject.sqid)
        jobs = await find_group(connection, user_id=actor.subject.id, group_id=group_id)
    # Of one user's no more run; the others follow when these have ended.
    await queues.put(Queue.TASKS, min(len(jobs), settings.running_per_user))
    return JobsStarted(group_id=group_id, items=jobs)


def _read_params(body: JobRequest) -> msgspec.Struct:
    if body.kind == "export_pack":
        raise unprocessable("A pack is built by POST /api/pmd/packs/{id}/export.", path="$.kind")
    try:
        params = msgspec.convert(body.params, KINDS[body.kind].params)
    except msgspec.ValidationError as error:
        fault = fault_of(error, "$.params")
        detail = f"The parameters are not as expected: {fault.message}."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, faults=[fault]) from error
    assert isinstance(params, msgspec.Struct)
    return params


async def _check_assets(connection: Connection, actor: Actor, kind: Name, asset_ids: Sequence[int]) -> None:
    assets = await find_assets(connection, user_id=actor.subject.id, asset_ids=asset_ids)
    lost = [asset_id for asset_id in asset_ids if asset_id not in assets or assets[asset_id].deleted_at is not None]
    if lost:
        # Which of unknown, in the trash or somebody else's it is, is not told to anybody.
        raise bad_request(f"These files are not in your library: {named(lost)}. Nothing was begun.", path="$.asset_ids")
    types = KINDS[kind].types
    for place, asset_id in enumerate(asset_ids):
        asset = assets[asset_id]
        if asset.type not in types:
            taken = " and ".join(f"{TYPE_WORDS[each]}s" for each in types)
            detail = f"“{asset.name}” does not fit: this can be done with {taken}."
            raise unprocessable(detail, path=f"$.asset_ids[{place}]")


async def require_place(connection: Connection, actor: Actor, *, more: int) -> None:
    """Let so many more tasks wait; under the tasks' lock.

    Raises:
        ProblemError: 429, too many wait already.
    """
    waiting = await connection.fetchval(
        "SELECT count(*) FROM job WHERE requested_by = $1 AND status = 'pending'", actor.viewer.id
    )
    if waiting + more > MAX_WAITING:
        detail = f"At most {MAX_WAITING:,} tasks may wait, and {waiting} do. Begin these when some have ended."
        raise too_many(detail, seconds=60)

"""The rules of asking for tasks: with which files, what may be chosen, how many may wait."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec

from ..assets.asset import Asset, find_assets
from ..database import Connection, Pool
from ..http.errors import Fault, ProblemError, bad_request, unprocessable
from ..http.wire import MAX_NAMED, MAX_SELECTION
from ..identity import audit
from ..identity.users import Actor
from ..ops.settings import Settings
from ..ops.telemetry import log
from ..work.queue import TASK, Queues
from . import queries
from .kinds import KINDS, Name, is_set_up
from .queries import Job

MAX_WAITING = 512

AssetId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]

_TYPE_NAMES = {"image": "images", "audio": "sounds", "video": "videos"}


class JobRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/jobs; ids that repeat count once. ``params`` are as the kind's schema has them."""

    kind: Name
    asset_ids: Annotated[list[AssetId], msgspec.Meta(min_length=1, max_length=MAX_NAMED)]
    params: dict[str, Any] = {}


class JobsStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks that were asked for together, one a file."""

    group_id: UUID
    items: Sequence[Job]


async def request_tasks(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: JobRequest, *, idempotency_key: str | None
) -> JobsStarted:
    """Commit one task a file, then enqueue as many as may run.

    Raises:
        ProblemError: 400 a file is unknown, 422 it cannot be done with it, not so, or not here, 429 too many wait.
    """
    asset_ids = list(dict.fromkeys(body.asset_ids))
    if len(asset_ids) > MAX_SELECTION:
        raise unprocessable(f"At most {MAX_SELECTION} files go at once.", path="$.asset_ids")
    params = _read_params(body)
    if reason := is_set_up(body.kind, params):
        raise unprocessable(reason, path="$.kind")
    async with pool.acquire() as connection, connection.transaction():
        await queries.lock_tasks(connection, requested_by=actor.viewer.id)
        jobs = await _find_repeated(connection, actor, body.kind, asset_ids, params, idempotency_key)
        if jobs is None:
            jobs = await _insert(connection, actor, body.kind, asset_ids, params, idempotency_key)
    for job in jobs[: settings.running_per_user]:
        # The others follow when these have ended.
        await queues.enqueue(TASK, job.id, 0)
    group_id = jobs[0].group_id
    assert group_id is not None
    return JobsStarted(group_id=group_id, items=jobs)


def _read_params(body: JobRequest) -> msgspec.Struct:
    if body.kind == "export_pack":
        raise unprocessable("A pack is built by POST /api/pmd/packs/{id}/export.", path="$.kind")
    try:
        params = msgspec.convert(body.params, KINDS[body.kind].params)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        fault = Fault(path=f"$.params{path.rstrip('`')}", message=message)
        detail = f"The parameters are not as expected: {message}."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, faults=[fault]) from error
    assert isinstance(params, msgspec.Struct)
    return params


async def _find_repeated(
    connection: Connection,
    actor: Actor,
    kind: Name,
    asset_ids: Sequence[int],
    params: msgspec.Struct,
    idempotency_key: str | None,
) -> list[Job] | None:
    if idempotency_key is None:
        return None
    asked = await queries.find_repeated(connection, requested_by=actor.viewer.id, idempotency_key=idempotency_key)
    if asked is None:
        return None
    asked_now = (actor.subject.id, kind, asset_ids, msgspec.to_builtins(params))
    if (asked.user_id, asked.kind, asked.asset_ids, asked.params) != asked_now:
        raise unprocessable("This Idempotency-Key was used for another request.", path="Idempotency-Key")
    return await queries.find_group(connection, user_id=actor.subject.id, group_id=asked.group_id)


async def _insert(
    connection: Connection,
    actor: Actor,
    kind: Name,
    asset_ids: Sequence[int],
    params: msgspec.Struct,
    idempotency_key: str | None,
) -> list[Job]:
    assets = await find_assets(connection, user_id=actor.subject.id, asset_ids=asset_ids)
    _check_assets(kind, asset_ids, {key: asset for key, asset in assets.items() if asset.deleted_at is None})
    await require_place(connection, actor, more=len(asset_ids))
    group_id = uuid4()
    jobs = await queries.insert_jobs(
        connection,
        kind=kind,
        asset_ids=asset_ids,
        params=params,
        user_id=actor.subject.id,
        requested_by=actor.viewer.id,
        group_id=group_id,
        idempotency_key=idempotency_key,
    )
    await audit.record(connection, actor, "begin_tasks", asset_ids=asset_ids)
    log.info("tasks_requested", kind=kind, files=len(jobs), group_id=str(group_id), user=actor.subject.sqid)
    return jobs


def _check_assets(kind: Name, asset_ids: Sequence[int], found: dict[int, Asset]) -> None:
    lost = [asset_id for asset_id in asset_ids if asset_id not in found]
    if lost:
        # Which of unknown, in the trash or somebody else's it is, is not told to anybody.
        named = ", ".join(map(str, lost[:5])) + (" …" if len(lost) > 5 else "")
        raise bad_request(f"These files are not in your library: {named}. Nothing was begun.", path="$.asset_ids")
    types = KINDS[kind].types
    for place, asset_id in enumerate(asset_ids):
        if found[asset_id].type not in types:
            taken = " and ".join(_TYPE_NAMES[each] for each in types)
            name = found[asset_id].name
            raise unprocessable(f"“{name}” does not fit: this can be done with {taken}.", path=f"$.asset_ids[{place}]")


async def require_place(connection: Connection, actor: Actor, *, more: int) -> None:
    """Let so many more tasks wait; under the tasks' lock.

    Raises:
        ProblemError: 429, too many wait already.
    """
    waiting = await queries.count_waiting(connection, requested_by=actor.viewer.id)
    if waiting + more > MAX_WAITING:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"At most {MAX_WAITING} tasks may wait, and {waiting} do. Begin these when some have ended.",
            headers={"Retry-After": "60"},
        )

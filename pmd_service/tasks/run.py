"""The kind of work ``task``: one attempt at one task, from a file of the library to a new one (LIBRARY section 4)."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from ..assets.allowance import read_allowance
from ..assets.asset import (
    VAULT_PREFIX,
    Added,
    Asset,
    NewAsset,
    add_asset,
    asset_key,
    find_asset,
    find_known,
    key_of,
    lock_library,
)
from ..assets.hashing import hash_file
from ..assets.reports import Finding, ReportOutcome, add_report
from ..base.database import Connection
from ..base.telemetry import log
from ..identity.users import find_sqid
from ..media.engine import Made, Refused, make
from ..media.look import Candidate, Looked, look_files, preview_folder
from ..media.messages import Finding as LookedFinding
from ..media.shelf import facts_of, measures_of, name_previews, preview_keys, store_previews
from ..vault import NotThereError
from ..vault.leftovers import SweptAwayError, keep, reserve
from ..work.context import WorkerContext
from ..work.held import Claimed, Held
from ..work.kind import Done, Failed, Kind, Outcome, PermanentError
from ..work.queue import Queue
from .kinds import KINDS, Name
from .names import free_name, result_name

TIME_LIMIT_SECONDS = 7200.0
# Children that compute at the same time in a process.
PLACES = 3
# Of the progress in per cent: making takes most of it, looking at what was made the rest.
_MADE = 90.0

_COMPLETED = """
       status = 'completed', progress = 100, completed_at = now(), error_message = NULL, error_code = NULL,
       step = $4, result_asset_id = $5, result_path = $6, result_bytes = $7"""

_STEPS = {
    "already_there": "The result is in your library already.",
    "restored": "The result was in your trash, and is back.",
}


class TaskRow(Claimed, frozen=True, kw_only=True):
    """What an attempt needs of its task."""

    id: int
    kind: Name
    asset_id: int
    params_json: str
    progress: float


async def run_task(worker: WorkerContext, held: Held[TaskRow]) -> Outcome:
    """Do what the task says and publish the result.

    Raises:
        PermanentError: no retry can help.
        LeaseLostError: the task is cancelled, or somebody else's now.
        Exception: anything that may pass.
    """
    async with AsyncExitStack() as lent:
        return await _Attempt(worker, held).run(lent)


TASKS = Kind(
    name="task",
    queue=Queue.TASKS,
    table="job",
    key=int,
    running="running",
    is_wanted="kind <> 'export_pack'",
    row=TaskRow,
    run=run_task,
    progress=("progress", "step"),
    error_code="error_code",
    on_claim="started_at = coalesce(started_at, now())",
    on_release="step = NULL",
    on_fail="completed_at = now(), step = NULL",
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    places=PLACES,
    gave_up="This could not be done, although it was tried several times. Please try again later.",
    kept_dying="This could not be done: it was begun several times and never came to its end.",
)


class _Attempt:
    # Known once it has begun; the folder lasts as long as the attempt.
    _asset: Asset
    _user_sqid: str
    _folder: Path

    def __init__(self, worker: WorkerContext, held: Held[TaskRow]) -> None:
        self._worker = worker
        self._held = held
        self._row = held.row
        # A second attempt begins where the first was told to be, and is silent until it is further.
        held.progress(held.row.progress, "beginning")

    async def run(self, lent: AsyncExitStack) -> Outcome:
        await self._load()
        try:
            source = await lent.enter_async_context(self._worker.vault.local(key_of(self._asset.path)))
        except NotThereError as error:
            raise PermanentError("This file's bytes are not there any more.", "lost_bytes") from error
        self._folder = await lent.enter_async_context(self._worker.vault.scratch())
        if self._row.kind == "metadata_extract":
            return await self._look_again(source)
        made = await self._make(source)
        if isinstance(made, Refused):
            return Failed(made.message, made.code)
        return await self._publish(made)

    async def _load(self) -> None:
        asset = await find_asset(self._worker.pool, user_id=self._row.user_id, asset_id=self._row.asset_id)
        user_sqid = await find_sqid(self._worker.pool, self._worker.ids, self._row.user_id)
        if asset is None or asset.deleted_at is not None or user_sqid is None:
            raise PermanentError("This file is not in your library any more.", "gone")
        self._asset, self._user_sqid = asset, user_sqid

    @asynccontextmanager
    async def _library(self) -> AsyncIterator[Connection]:
        """A transaction under the library's lock."""
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=self._row.user_id)
            yield connection

    async def _make(self, source: Path) -> Made | Refused:
        made = self._folder / "made"
        await asyncio.to_thread(made.mkdir)
        params: dict[str, Any] = msgspec.json.decode(self._row.params_json)
        return await make(self._row.kind, source, made, params=params, progress=self._tell)

    def _tell(self, value: float, step: str) -> None:
        self._held.progress(max(self._held.done, value * _MADE / 100), step)

    async def _look(self, path: Path, name: str) -> Looked:
        self._held.progress(max(self._held.done, _MADE), "looking at it")
        previews = self._folder / "previews"
        await asyncio.to_thread(previews.mkdir)
        async with aclosing(look_files([Candidate(path, name)], previews)) as answers:
            async for answer in answers:
                if isinstance(answer, Refused):
                    raise PermanentError(answer.message, answer.code)
                return answer
        raise PermanentError("This file could not be looked at.", "look_failed")

    async def _look_again(self, source: Path) -> Outcome:
        """New papers, and the previews drawn anew: those that were there may be lost."""
        asset, user_sqid = self._asset, self._user_sqid
        looked = await self._look(source, asset.name)
        drawn = preview_folder(self._folder / "previews", 0)
        keys = preview_keys(looked, user_sqid=user_sqid, content_hash=asset.hash)
        unnamed = sorted(set(keys) - {key_of(preview.path) for preview in asset.previews})
        async with self._library() as connection:
            writer = await reserve(connection, unnamed)
        previews = await store_previews(self._worker.vault, looked, drawn, user_sqid=user_sqid, content_hash=asset.hash)
        async with self._library() as connection:
            if await name_previews(connection, asset, previews):
                await keep(connection, unnamed, writer)
            await self._report(connection, asset.id, "looked_again", asset, looked)
            await self._held.settle(connection, _COMPLETED, None, None, None, None)
        return Done()

    async def _publish(self, made: Made) -> Outcome:
        """A new asset, its papers and the task's end in one transaction: all of them or none."""
        path = self._folder / "made" / made.name
        name = result_name(self._asset.name, KINDS[self._row.kind].suffix, path.suffix)
        looked = await self._look(path, name)
        new = await asyncio.to_thread(_new_asset, self._asset, looked, path, name, self._user_sqid)
        keys = [key_of(new.path), *preview_keys(looked, user_sqid=self._user_sqid, content_hash=new.hash)]
        async with self._library() as connection:
            writer = await self._reserve(connection, new, keys)
        if writer is not None:
            new = await self._store(new, path, looked)
        async with self._library() as connection:
            if writer is not None:
                free = await free_name(connection, user_id=self._row.user_id, name=new.name)
                new = msgspec.structs.replace(new, name=free)
            added = await self._add(connection, new, keys, writer)
            await self._report(connection, added.asset_id, added.outcome, new, looked, made.findings)
            step = _STEPS.get(added.outcome, _told(made))
            await self._held.settle(connection, _COMPLETED, step, added.asset_id, new.path, new.size_bytes)
        log.info("task_completed", kind=self._row.kind, asset_id=added.asset_id, outcome=added.outcome)
        return Done()

    async def _reserve(self, connection: Connection, new: NewAsset, keys: Sequence[str]) -> UUID | None:
        """Before the first byte: a worker that dies over it, and a cancelling then, leave nothing that nobody finds.

        Returns:
            The writer; None where the library has these bytes already.

        Raises:
            PermanentError: the library is full.
        """
        if await find_known(connection, user_id=self._row.user_id, hashes={new.hash}):
            return None
        allowance = await read_allowance(connection, self._worker.settings, user_id=self._row.user_id)
        if new.size_bytes > allowance.left_bytes or not allowance.left_files:
            raise PermanentError("There is not enough room in your library for the result.", "allowance")
        return await reserve(connection, keys)

    async def _store(self, new: NewAsset, path: Path, looked: Looked) -> NewAsset:
        drawn, named = preview_folder(self._folder / "previews", 0), {"user_sqid": self._user_sqid}
        previews = await store_previews(self._worker.vault, looked, drawn, **named, content_hash=new.hash)
        stored = await self._worker.vault.put(key_of(new.path), path)
        return msgspec.structs.replace(
            new, etag=stored.etag, previews=previews, preview_path=previews[0].path if previews else None
        )

    async def _add(self, connection: Connection, new: NewAsset, keys: Sequence[str], writer: UUID | None) -> Added:
        """The row that names the bytes; the bytes of an asset that is there are there too.

        Raises:
            SweptAwayError: others were at the same bytes just then; it goes another time.
        """
        if not await find_known(connection, user_id=self._row.user_id, hashes={new.hash}):
            if writer is None:
                raise SweptAwayError("what the library knew a moment ago was purged")
            await keep(connection, keys, writer)
        return await add_asset(connection, user_id=self._row.user_id, new=new)

    async def _report(
        self,
        connection: Connection,
        asset_id: int,
        outcome: ReportOutcome,
        file: NewAsset,
        looked: Looked,
        findings: Iterable[LookedFinding] = (),
    ) -> None:
        made_by = {"kind": self._row.kind, "asset_id": self._row.asset_id, "job_id": self._row.id}
        params = msgspec.json.decode(self._row.params_json)
        await add_report(
            connection,
            user_id=self._row.user_id,
            asset_id=asset_id,
            outcome=outcome,
            file_name=file.name,
            content_hash=file.hash,
            facts={**facts_of(looked), "made_by": {**made_by, "params": params}},
            findings=[Finding(code=each.code, message=each.message) for each in (*findings, *looked.findings)],
        )


def _new_asset(parent: Asset, looked: Looked, path: Path, name: str, user_sqid: str) -> NewAsset:
    """The result's row: New again, with its parent's licence and words. What a model had made, it has made still.

    Blocks: it reads the file once.
    """
    content_hash, crc32 = hash_file(path)
    return NewAsset(
        path=VAULT_PREFIX + asset_key(user_sqid, content_hash, looked.file_format),
        etag=None,
        hash=content_hash,
        crc32=crc32,
        name=name,
        original_path=None,
        size_bytes=path.stat().st_size,
        theme=parent.theme,
        source=parent.source,
        provenance="ai_generated" if parent.provenance == "ai_generated" else "enhanced",
        license_id=parent.license_id,
        attribution=parent.attribution,
        hashtags=parent.hashtags,
        parent_asset_id=parent.id,
        **measures_of(looked),
    )


def _told(made: Made) -> str | None:
    """What the owner should know of a result, in the place of the last step."""
    return made.findings[0].message[:80] if made.findings else None

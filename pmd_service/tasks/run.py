"""The kind of work ``task``: one attempt at one task, from a file of the library to a new one (LIBRARY section 4)."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path, PurePath
from typing import Any

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
from ..database import Connection
from ..identity.users import find_sqid
from ..media.engine import Made, Refused, make
from ..media.look import Candidate, Looked, look_files, preview_folder
from ..media.shelf import facts_of, preview_keys, replace_previews, store_previews
from ..ops.telemetry import log
from ..vault import NotThereError
from ..vault.leftovers import expect, take_back
from ..work.context import WorkerContext
from ..work.held import Claimed, Held
from ..work.kind import Done, Failed, Kind, Outcome, PermanentError
from ..work.queue import TASK
from .kinds import KINDS, Name

TIME_LIMIT_SECONDS = 7200.0
# Children that compute at the same time in a process.
AT_ONCE = 2
# Of the progress in per cent: making takes most of it, looking at what was made the rest.
_MADE = 90.0
NAME_LENGTH = 255

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
    job=TASK,
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
    time_limit_seconds=TIME_LIMIT_SECONDS,
    at_once=AT_ONCE,
    gave_up="This could not be done, although it was tried several times. Please try again later.",
    kept_dying="This could not be done: it was begun several times and never came to its end.",
)


class _Attempt:
    def __init__(self, worker: WorkerContext, held: Held[TaskRow]) -> None:
        self._worker = worker
        self._held = held
        self._row = held.row
        # A second attempt begins where the first was told to be, and is silent until it is further.
        held.progress(held.row.progress, "beginning")

    async def run(self, lent: AsyncExitStack) -> Outcome:
        asset, user_sqid = await self._load()
        try:
            source = await lent.enter_async_context(self._worker.vault.local(key_of(asset.path)))
        except NotThereError as error:
            raise PermanentError("This file's bytes are not there any more.", "lost_bytes") from error
        folder = await lent.enter_async_context(self._worker.vault.scratch())
        if self._row.kind == "metadata_extract":
            return await self._look_again(asset, source, folder, user_sqid)
        made = await self._make(source, folder)
        if isinstance(made, Refused):
            return Failed(made.message, made.code)
        return await self._publish(asset, made, folder, user_sqid)

    async def _load(self) -> tuple[Asset, str]:
        asset = await find_asset(self._worker.pool, user_id=self._row.user_id, asset_id=self._row.asset_id)
        user_sqid = await find_sqid(self._worker.pool, self._worker.ids, self._row.user_id)
        if asset is None or asset.deleted_at is not None or user_sqid is None:
            raise PermanentError("This file is not in your library any more.", "gone")
        return asset, user_sqid

    async def _make(self, source: Path, folder: Path) -> Made | Refused:
        made = folder / "made"
        await asyncio.to_thread(made.mkdir)
        params: dict[str, Any] = msgspec.json.decode(self._row.params_json)
        return await make(self._row.kind, source, made, params=params, progress=self._tell)

    def _tell(self, value: float, step: str) -> None:
        self._held.progress(max(self._held.done, value * _MADE / 100), step)

    async def _look(self, path: Path, name: str, folder: Path) -> Looked:
        self._held.progress(max(self._held.done, _MADE), "looking at it")
        previews = folder / "previews"
        await asyncio.to_thread(previews.mkdir)
        async with aclosing(look_files([Candidate(path, name)], previews)) as answers:
            async for answer in answers:
                if isinstance(answer, Refused):
                    raise PermanentError(answer.message, answer.code)
                return answer
        raise PermanentError("This file could not be looked at.", "look_failed")

    async def _look_again(self, asset: Asset, source: Path, folder: Path, user_sqid: str) -> Outcome:
        """New papers, and the previews drawn anew: those that were there may be lost."""
        looked = await self._look(source, asset.name, folder)
        drawn = preview_folder(folder / "previews", 0)
        keys = preview_keys(looked, user_sqid=user_sqid, content_hash=asset.hash)
        if unnamed := sorted(set(keys) - {key_of(preview.path) for preview in asset.previews}):
            async with self._worker.pool.acquire() as connection, connection.transaction():
                await lock_library(connection, user_id=self._row.user_id)
                await expect(connection, unnamed)
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=self._row.user_id)
            await replace_previews(connection, self._worker.vault, asset, looked, drawn, user_sqid=user_sqid)
            await self._report(connection, asset.id, asset.name, asset.hash, "looked_again", looked, [])
            await self._held.settle(connection, _COMPLETED, None, None, None, None)
        return Done()

    async def _publish(self, parent: Asset, made: Made, folder: Path, user_sqid: str) -> Outcome:
        """A new asset, its papers and the task's end in one transaction: all of them or none."""
        path = folder / "made" / made.name
        name = _result_name(parent.name, KINDS[self._row.kind].suffix, path.suffix)
        looked = await self._look(path, name, folder)
        content_hash, crc32 = await asyncio.to_thread(hash_file, path)
        new = _new_asset(
            parent,
            looked,
            path=VAULT_PREFIX + asset_key(user_sqid, content_hash, looked.file_format),
            content_hash=content_hash,
            crc32=crc32,
            size_bytes=(await asyncio.to_thread(path.stat)).st_size,
            name=name,
        )
        named = {"user_sqid": user_sqid, "content_hash": content_hash}
        keys = [key_of(new.path), *preview_keys(looked, **named)]
        await self._expect(content_hash, keys)
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=self._row.user_id)
            added = await self._add(connection, new, path, looked, folder / "previews", keys, user_sqid)
            findings = [Finding(code=each.code, message=each.message) for each in made.findings]
            await self._report(connection, added.asset_id, name, content_hash, added.outcome, looked, findings)
            step = _STEPS.get(added.outcome, _told(made))
            await self._held.settle(connection, _COMPLETED, step, added.asset_id, new.path, new.size_bytes)
        log.info("task_completed", kind=self._row.kind, asset_id=added.asset_id, outcome=added.outcome)
        return Done()

    async def _expect(self, content_hash: str, keys: Sequence[str]) -> None:
        """Before the first byte: a worker that dies over it, and a cancelling then, leave nothing that nobody finds."""
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=self._row.user_id)
            if not await find_known(connection, user_id=self._row.user_id, hashes={content_hash}):
                await expect(connection, keys)

    async def _add(
        self,
        connection: Connection,
        new: NewAsset,
        path: Path,
        looked: Looked,
        folder: Path,
        keys: Sequence[str],
        user_sqid: str,
    ) -> Added:
        """The bytes to their place and the row that names them; the bytes of an asset that is there are there too.

        Raises:
            PermanentError: the library is full.
        """
        if not await find_known(connection, user_id=self._row.user_id, hashes={new.hash}):
            limit = self._worker.settings.library_max_bytes
            allowance = await read_allowance(connection, user_id=self._row.user_id, limit_bytes=limit)
            if new.size_bytes > allowance.left_bytes:
                raise PermanentError("There is not enough room in your library for the result.", "allowance")
            await take_back(connection, keys)
            previews = await store_previews(
                self._worker.vault, looked, preview_folder(folder, 0), user_sqid=user_sqid, content_hash=new.hash
            )
            stored = await self._worker.vault.put(key_of(new.path), path)
            new = msgspec.structs.replace(
                new, etag=stored.etag, previews=previews, preview_path=previews[0].path if previews else None
            )
        return await add_asset(connection, user_id=self._row.user_id, new=new)

    async def _report(
        self,
        connection: Connection,
        asset_id: int,
        name: str,
        content_hash: str,
        outcome: ReportOutcome,
        looked: Looked,
        findings: list[Finding],
    ) -> None:
        made_by = {"kind": self._row.kind, "asset_id": self._row.asset_id, "job_id": self._row.id}
        params = msgspec.json.decode(self._row.params_json)
        await add_report(
            connection,
            user_id=self._row.user_id,
            asset_id=asset_id,
            outcome=outcome,
            file_name=name,
            content_hash=content_hash,
            facts={**facts_of(looked), "made_by": {**made_by, "params": params}},
            findings=[*findings, *(Finding(code=each.code, message=each.message) for each in looked.findings)],
        )


def _new_asset(
    parent: Asset,
    looked: Looked,
    *,
    path: str,
    content_hash: str,
    crc32: int,
    size_bytes: int,
    name: str,
) -> NewAsset:
    """The result's row: New again, with its parent's licence and words. What a model had made, it has made still."""
    return NewAsset(
        path=path,
        etag=None,
        type=looked.type,
        hash=content_hash,
        crc32=crc32,
        name=name,
        original_path=None,
        mime_type=looked.mime_type,
        file_format=looked.file_format,
        size_bytes=size_bytes,
        width=looked.width,
        height=looked.height,
        frame_count=looked.frame_count,
        duration_sec=looked.duration_sec,
        samplerate_hz=looked.samplerate_hz,
        theme=parent.theme,
        source=parent.source,
        provenance="ai_generated" if parent.provenance == "ai_generated" else "enhanced",
        license_id=parent.license_id,
        attribution=parent.attribution,
        hashtags=parent.hashtags,
        parent_asset_id=parent.id,
    )


def _result_name(name: str, suffix: str, extension: str) -> str:
    """“dragon.gif” → “dragon large.gif”."""
    room = NAME_LENGTH - len(suffix) - len(extension) - 1
    return f"{PurePath(name).stem[:room]} {suffix}{extension}"


def _told(made: Made) -> str | None:
    """What the owner should know of a result, in the place of the last step."""
    return made.findings[0].message[:80] if made.findings else None

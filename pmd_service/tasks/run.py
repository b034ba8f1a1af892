"""The kind of work ``task``: an attempt turns files of a library into new ones (LIBRARY section 4).

In a thread: reading and hashing results in one hop.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any

import aiofiles.os
import msgspec

from ..assets.asset import Added, Asset, NewAsset, find_assets, key_of, lock_library
from ..assets.disk import reserve_disk
from ..assets.reports import ReportOutcome, add_reports, last_facts
from ..base.database import Connection
from ..base.telemetry import log
from ..identity.users import find_sqid
from ..media.child import fault_of
from ..media.engine import make
from ..media.messages import (
    NOTHING_TO_DO,
    Faulted,
    Finding,
    Found,
    LoopChoice,
    Output,
    Refused,
    nothing_to_change,
    result_name,
)
from ..media.probe import PROBE_ENGINE, Candidate, preview_folder, probe_files
from ..media.probe_result import ProbeResult
from ..media.probe_store import preview_keys, replace_probe, report_of, store_previews
from ..media.registry import KINDS, KindName
from ..vault import ObjectMissingError
from ..vault.leftovers import keep, reserve
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.job_rows import RELEASE, fail_jobs, write_progress
from ..work.kind import Done, Failed, Kind, Outcome, PermanentError
from ..work.queue import Queue
from .comparison import with_differences
from .results import Marks, Result, ResultStore, distinct, find_marks, result_of
from .sheets import name_sheet

TIME_LIMIT_SECONDS = 7200.0
# Sandboxed children that run concurrently in one worker process.
CONCURRENCY = 3
# Progress in per cent once the results are made; probing them takes the rest.
_MADE = 90.0

_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('task', $1, $2, $3) AS work),
     started AS (UPDATE job SET status = 'running', started_at = coalesce(job.started_at, now())
                   FROM claimed
                  WHERE job.id = (work).subject::bigint AND job.status IN ('pending', 'running')
                 RETURNING job.id, job.user_id, job.kind, asset_id, asset_ids, params_json, progress)
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
_RESTART = """
UPDATE job
   SET status = 'pending', error_message = NULL, error_code = NULL, progress = 0, step = NULL, started_at = NULL,
       completed_at = NULL
 WHERE id = $1 AND status = 'failed'
RETURNING id
"""
_COMPLETE = """
UPDATE job
   SET status = 'completed', progress = 100, completed_at = now(), error_message = NULL, error_code = NULL,
       step = $2, result_asset_id = $3, result_path = $4, result_size_bytes = $5, result_asset_ids = $6
 WHERE id = $1
"""
_LEAVE_UNCHANGED = """
UPDATE job
   SET status = 'completed', progress = 100, completed_at = now(), error_message = NULL, error_code = NULL,
       step = NULL, unchanged_reason = $2, loops = $3
 WHERE id = $1
"""

_STEPS = {
    "already_there": "The result is already in your library.",
    "restored": "The result was in your trash and has been restored.",
}


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a task that an attempt needs."""

    id: int
    user_id: int
    kind: KindName
    asset_id: int
    asset_ids: Sequence[int]
    params_json: str
    progress: float


async def run_task(worker: WorkerContext, claimed: Claimed[TaskRow]) -> Outcome:
    """Run the task's engine and publish its results."""
    async with AsyncExitStack() as stack:
        return await _Attempt(worker, claimed).run(stack)


TASKS = Kind(
    name="task",
    queue=Queue.TASKS,
    key=int,
    row=TaskRow,
    run=run_task,
    claim=_CLAIM,
    release=RELEASE,
    write_progress=write_progress,
    fail=fail_jobs,
    restart=_RESTART,
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=CONCURRENCY,
    gave_up_message="This could not be done, although it was tried several times. Please try again later.",
    kept_dying_message="This could not be done: it was started several times and never finished.",
)


class _Attempt:
    # Set by _load and run; the folder is removed with the attempt.
    _assets: Sequence[Asset]
    _user_sqid: str
    _folder: Path

    def __init__(self, worker: WorkerContext, claimed: Claimed[TaskRow]) -> None:
        self._worker = worker
        self._claimed = claimed
        self._row = claimed.row
        engine = KINDS[claimed.row.kind].engine
        assert engine is not None, "packs are another kind of work"
        self._engine = engine
        # Progress never goes back: a second attempt starts at the first one's.
        claimed.progress(claimed.row.progress, "starting")

    async def run(self, stack: AsyncExitStack) -> Outcome:
        await self._load()
        vault = self._worker.vault
        try:
            sources = [await stack.enter_async_context(vault.local(key_of(asset.path))) for asset in self._assets]
        except ObjectMissingError as error:
            raise PermanentError("This file's contents are lost.", "lost_bytes") from error
        # Results are assumed to be about as large as their sources.
        size = sum(asset.size_bytes for asset in self._assets)
        await stack.enter_async_context(reserve_disk(self._worker.pool, size_bytes=size, free=await vault.free_bytes()))
        self._folder = await stack.enter_async_context(vault.scratch())
        if self._engine is PROBE_ENGINE:
            return await self._probe_again(sources[0])
        made = await self._make(sources)
        if isinstance(made, Found):
            return await self._complete_unchanged(made.message, made.loops)
        if isinstance(made, Refused) and made.code == NOTHING_TO_DO:
            return await self._complete_unchanged(made.message)
        if isinstance(made, Refused):
            return Failed(made.message, made.code)
        return await self._publish(made)

    async def _load(self) -> None:
        wanted = self._row.asset_ids or [self._row.asset_id]
        found = await find_assets(self._worker.pool, user_id=self._row.user_id, asset_ids=wanted)
        self._assets = [found[asset_id] for asset_id in wanted if asset_id in found]
        user_sqid = await find_sqid(self._worker.pool, self._worker.ids, self._row.user_id)
        if len(self._assets) < len(wanted) or any(asset.deleted_at for asset in self._assets) or user_sqid is None:
            raise PermanentError("This file is no longer in your library.", "gone")
        self._user_sqid = user_sqid

    @asynccontextmanager
    async def _library(self) -> AsyncIterator[Connection]:
        """A transaction under the library's lock."""
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=self._row.user_id)
            yield connection

    async def _complete_unchanged(self, reason: str, loops: Sequence[LoopChoice] = ()) -> Outcome:
        """Complete without a result: the engine found nothing to improve, or what it found is to be chosen from."""
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await self._claimed.end(connection)
            await connection.execute(_LEAVE_UNCHANGED, self._row.id, reason, loops)
        log.info("task_left_unchanged", kind=self._row.kind, task_id=self._row.id)
        return Done()

    async def _make(self, sources: Sequence[Path]) -> Output | Found | Refused:
        made = self._folder / "made"
        await aiofiles.os.mkdir(made)
        first, *more = sources
        return await make(
            self._engine,
            first,
            made,
            more=more,
            names=[asset.name for asset in self._assets],
            params=msgspec.json.decode(self._row.params_json),
            progress=self._on_progress,
        )

    def _on_progress(self, value: float, step: str) -> None:
        self._claimed.progress(max(self._claimed.done, value * _MADE / 100), step)

    async def _probe(self, candidates: Sequence[Candidate]) -> list[ProbeResult]:
        """Probe files; previews are written to ``_previews_of``."""
        self._claimed.progress(max(self._claimed.done, _MADE), "checking the file")
        previews = self._folder / "previews"
        await aiofiles.os.mkdir(previews)
        probed = []
        async with aclosing(probe_files(candidates, previews)) as answers:
            async for answer in answers:
                if isinstance(answer, Faulted):
                    raise fault_of(answer)
                if isinstance(answer, Refused):
                    raise PermanentError(answer.message, answer.code)
                probed.append(answer)
        return probed

    def _previews_of(self, item: int) -> Path:
        return preview_folder(self._folder / "previews", item)

    async def _probe_again(self, source: Path) -> Outcome:
        """Write a new report and redraw the previews, which may have been lost."""
        (asset,), user_sqid = self._assets, self._user_sqid
        (probed,) = await self._probe([Candidate(source, asset.name)])
        key_parts = {"user_sqid": user_sqid, "content_hash": asset.hash}
        new_keys = sorted(set(preview_keys(probed, **key_parts)) - {key_of(preview.path) for preview in asset.previews})
        async with self._library() as connection:
            writer = await reserve(connection, new_keys)
        previews = await store_previews(self._worker.vault, probed, self._previews_of(0), **key_parts)
        async with self._library() as connection:
            if await replace_probe(connection, asset, probed, previews):
                await keep(connection, new_keys, writer)
            await self._report(connection, asset.id, "probed_again", asset, probed)
            await self._claimed.end(connection)
            await connection.execute(_COMPLETE, self._row.id, None, None, None, None, [])
        return Done()

    async def _publish(self, made: Output) -> Outcome:
        """Insert the new assets and their reports and complete the task, in one transaction."""
        results = await self._results(made)
        if [each.new.hash for each in results] == [asset.hash for asset in self._assets]:
            return await self._complete_unchanged(str(nothing_to_change()))
        store = ResultStore(self._worker, user_id=self._row.user_id, user_sqid=self._user_sqid)
        async with self._library() as connection:
            writers = await store.reserve(connection, results)
        results = [await store.store(each) if each.new.hash in writers else each for each in results]
        async with self._library() as connection:
            added = await store.add(connection, results, writers)
            ids = [asset.id for asset in self._assets]
            marks = await find_marks(connection, user_id=self._row.user_id, asset_ids=ids)
            for result, new in zip(results, added, strict=True):
                left = marks.get(result.parent_id, Marks(asset_id=result.parent_id)).left_by(result)
                findings = [*await self._findings(connection, made, result), *left]
                await self._report(connection, new.asset_id, new.outcome, result.new, result.probed, findings)
            await self._complete(connection, made, results, added)
        log.info("task_completed", kind=self._row.kind, asset_id=added[0].asset_id, results=len(added))
        return Done()

    async def _findings(self, connection: Connection, made: Output, result: Result) -> Sequence[Finding]:
        """The engine's, and for a file that was made of a whole one, how it differs."""
        original = next(asset for asset in self._assets if asset.id == result.new.parent_asset_id)
        found = [*made.findings, *result.findings]
        if len(made.files) != len(self._assets):
            return found
        facts = await last_facts(connection, user_id=self._row.user_id, asset_id=original.id)
        return with_differences(found, original, facts, result)

    async def _results(self, made: Output) -> list[Result]:
        folder, kind, pieces = self._folder / "made", KINDS[self._row.kind], made.files
        names = [
            result_name(self._assets[piece.source].name, piece.label or kind.suffix, PurePath(piece.name).suffix)
            for piece in pieces
        ]
        paths = [folder / piece.name for piece in pieces]
        if kind.names_files:
            names = await name_sheet(self._worker.pool, user_id=self._row.user_id, paths=paths, names=names)
        probed = await self._probe([Candidate(path, name) for path, name in zip(paths, names, strict=True)])

        def read() -> list[Result]:
            return distinct(
                result_of(
                    self._assets[piece.source],
                    probed[item],
                    self._previews_of(item),
                    folder / piece.name,
                    name=names[item],
                    user_sqid=self._user_sqid,
                    findings=piece.own,
                    is_named=kind.names_files,
                )
                for item, piece in enumerate(pieces)
            )

        return await asyncio.to_thread(read)

    async def _complete(
        self, connection: Connection, made: Output, results: Sequence[Result], added: Sequence[Added]
    ) -> None:
        first, size = results[0].new, sum(result.new.size_bytes for result in results)
        ids = [each.asset_id for each in added]
        step = _STEPS.get(added[0].outcome) if len(added) == 1 else f"{len(added)} files were made."
        if found := [*made.findings, *made.own]:
            step = found[0].message[:80]  # tell the owner how the result differs
        await self._claimed.end(connection)
        await connection.execute(_COMPLETE, self._row.id, step, ids[0], first.path, size, ids)

    async def _report(
        self,
        connection: Connection,
        asset_id: int,
        outcome: ReportOutcome,
        file: NewAsset,
        probed: ProbeResult,
        findings: Iterable[Finding] = (),
    ) -> None:
        row = self._row
        made_by: dict[str, Any] = {
            "kind": row.kind,
            "asset_id": row.asset_id if outcome == "probed_again" else file.parent_asset_id,
            "job_id": row.id,
            "engine": self._engine.module.rpartition(".")[2],
            "version": version("pmd-service"),
        }
        if row.asset_ids:
            made_by |= {"asset_ids": row.asset_ids}
        report = report_of(
            probed,
            findings=findings,
            more_facts={"made_by": {**made_by, "params": msgspec.json.decode(row.params_json)}},
            user_id=row.user_id,
            asset_id=asset_id,
            outcome=outcome,
            file_name=file.name,
            hash=file.hash,
        )
        await add_reports(connection, [report])

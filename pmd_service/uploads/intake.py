"""Taking probed files into the library: their objects, previews, rows and reports, and the end of their lines."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from ..assets.asset import (
    Added,
    Known,
    NewAsset,
    Outcome,
    Preview,
    add_assets,
    asset_key,
    find_damaged,
    find_known,
    lock_library,
    restore_assets,
)
from ..assets.reports import NewReport, add_reports
from ..base.database import Connection
from ..base.telemetry import log
from ..base.trace import Step
from ..media.probe_result import ProbeResult
from ..media.probe_store import columns_of, object_keys, provenance_of, report_of, store_previews
from ..vault import Incoming, ObjectUnreadableError, Stored
from ..vault.copy import digest_of
from ..vault.leftovers import SweptAwayError, keep, reserve, schedule_removal, sweep_leftovers
from ..work.claimed import Claimed, LeaseLostError
from ..work.context import WorkerContext
from ..work.groups import Ended, end_group
from .settle import lock_upload, received_keys, recount, settle_followers, settle_known
from .shapes import Defaults

# Longer than a line may wait for its next attempt, which needs the bytes that the last one has moved.
ATTEMPTED_SECONDS = 30 * 86_400.0


class ProbeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line's columns that a probe needs."""

    id: UUID
    user_id: int
    batch_id: UUID
    file_name: str
    relative_path: str
    file_size: int
    expected_hash: str | None
    received_hash: str | None
    received_crc32: int | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The result for a line: probed, refused with a code and a message, or neither, if the library has the content."""

    row: ProbeRow
    incoming: Incoming | None = None
    path: Path | None = None
    hash: str | None = None
    crc32: int | None = None
    probed: ProbeResult | None = None
    refused: tuple[str, str] | None = None
    previews: Path | None = None
    probe_ms: int = 0
    began: float | None = None  # by ``time.monotonic``; None if no child has probed it

    def steps(self, *, since: float) -> Sequence[Step]:
        """The child's step, relative to the start of the attempt."""
        if self.began is None:
            return []
        error = self.refused[1] if self.refused else None
        at, seconds = round(self.began - since, 4), self.probe_ms / 1000
        return [Step(place="child", what="probed the file", at=at, seconds=seconds, error=error)]


class Intake:
    """Takes the files of one upload into the library."""

    def __init__(
        self, worker: WorkerContext, claimed: Claimed[ProbeRow], *, sqid: str, defaults: Mapping[str, Any]
    ) -> None:
        self.worker = worker
        self.claimed = claimed
        self.own = claimed.row
        self.sqid = sqid
        self._began = time.monotonic()
        self._defaults = msgspec.convert(defaults, Defaults)
        self._previews: dict[UUID, list[Preview]] = {}
        # The files' objects, by line.
        self._stored: dict[UUID, Stored] = {}
        # Contents whose objects are lost or damaged and are replaced by these bytes.
        self._damaged: set[str] = set()

    async def settle(self, verdicts: Sequence[Verdict]) -> None:
        """Record these verdicts and the upload's counts in one transaction, after moving the bytes to their place.

        Raises:
            LeaseLostError: a line's lease has been lost.
            SweptAwayError: a concurrent writer or purge of the same content; retry.
            VaultFaultError: the store failed; retry, moving bytes again is harmless.
        """
        if not verdicts:
            return
        pool, user_id, upload_id = self.worker.pool, self.own.user_id, self.own.batch_id
        async with pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=user_id)
            moved, _ = await self._find_new(connection, verdicts)
            hashes = [verdict.hash for verdict in moved if verdict.hash]
            self._damaged = await find_damaged(connection, user_id=user_id, hashes=hashes)
            writer = await reserve(connection, self._keys_of(moved), seconds=ATTEMPTED_SECONDS)
        await self.store_previews(moved)
        await self.store_files(moved)
        async with pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=user_id)
            new, known = await self._find_new(connection, verdicts)
            if any(verdict.row.id not in self._stored for verdict in new):
                raise SweptAwayError("an asset with the same content has just been purged")
            await keep(connection, self._keys_of(new), writer)
            await lock_upload(connection, upload_id)
            await end_group(connection, self.claimed.work, [self._ended(verdict) for verdict in verdicts])
            await self._settle_lines(connection, verdicts, known)
            bare = [verdict for verdict in verdicts if verdict.refused is None and verdict.probed is None]
            lines = [(verdict.row.id, known[verdict.hash].asset_id) for verdict in bare if verdict.hash]
            await settle_known(connection, user_id, lines)
            for file_id, asset_id in lines:
                log.info("file_in", file_id=str(file_id), outcome="known", asset_id=asset_id)
            await settle_followers(connection, [verdict.row.id for verdict in verdicts])
            await recount(connection, upload_id)
            keys = received_keys(verdict.row.id for verdict in verdicts if verdict.row.id not in self._stored)
            await schedule_removal(connection, keys)
        if keys:
            await sweep_leftovers(pool, self.worker.vault, keys=keys)

    def _ended(self, verdict: Verdict) -> Ended:
        seconds, steps = time.monotonic() - self._began, verdict.steps(since=self._began)
        return Ended(subject=verdict.row.id, seconds=seconds, steps=steps, refused=verdict.refused)

    async def _find_new(
        self, connection: Connection, verdicts: Sequence[Verdict]
    ) -> tuple[Sequence[Verdict], Mapping[str, Known]]:
        """The probed files whose content the library does not have, and the assets of the others by hash."""
        hashes = {verdict.hash for verdict in verdicts if verdict.hash}
        known = await find_known(connection, user_id=self.own.user_id, hashes=hashes)
        new = [verdict for verdict in verdicts if verdict.probed is not None and verdict.hash not in known]
        return new, known

    def _keys_of(self, verdicts: Sequence[Verdict]) -> Sequence[str]:
        keys: list[str] = []
        for verdict in verdicts:
            assert verdict.probed is not None and verdict.hash is not None
            keys += object_keys(verdict.probed, user_sqid=self.sqid, content_hash=verdict.hash)
        return keys

    async def store_previews(self, new: Sequence[Verdict]) -> None:
        """Store the previews in the vault, before the rows that name them. Their keys depend on the content only."""
        stored = await asyncio.gather(
            *(
                store_previews(
                    self.worker.vault, each.probed, each.previews, user_sqid=self.sqid, content_hash=each.hash
                )
                for each in new
                if each.probed is not None and each.previews is not None and each.hash is not None
            )
        )
        self._previews |= dict(zip((each.row.id for each in new), stored, strict=True))

    async def store_files(self, new: Sequence[Verdict]) -> None:
        """Move new files to their place in the vault."""
        await asyncio.gather(*(self._store_file(verdict) for verdict in new))

    async def _store_file(self, verdict: Verdict) -> None:
        assert verdict.probed is not None and verdict.hash is not None
        key = asset_key(self.sqid, verdict.hash, verdict.probed.file_format)
        if verdict.hash in self._damaged:
            await self._clear(key, verdict.hash)
        assert verdict.incoming is not None
        self._stored[verdict.row.id] = await verdict.incoming.finish(key)

    async def _clear(self, key: str, content_hash: str) -> None:
        """Remove an object with other bytes, which would pass for this content; keep what an earlier attempt moved."""
        vault = self.worker.vault
        try:
            source = await vault.find(key)
            is_other = source is not None and await digest_of(source) != content_hash
        except ObjectUnreadableError:
            is_other = True
        if is_other:
            await vault.remove(key)

    async def _settle_lines(
        self, connection: Connection, verdicts: Sequence[Verdict], known: Mapping[str, Known]
    ) -> None:
        """End the lines that were refused or probed, with one statement for each table."""
        refused = [(verdict.row.id, verdict.probe_ms, *verdict.refused) for verdict in verdicts if verdict.refused]
        probed = [verdict for verdict in verdicts if verdict.refused is None and verdict.probed is not None]
        reports = [self._report(*each) for each in zip(probed, await self._add(connection, probed, known), strict=True)]
        if reports:
            await add_reports(connection, reports)
        ends: list[tuple[object, ...]] = [(file_id, ms, None, None, code, text) for file_id, ms, code, text in refused]
        ends += [
            (verdict.row.id, verdict.probe_ms, report.id, verdict.probed and verdict.probed.file_format, None, None)
            for verdict, report in zip(probed, reports, strict=True)
        ]
        if ends and len(await connection.fetch(_END, *zip(*ends, strict=True))) < len(ends):
            raise LeaseLostError
        for file_id, _, code, _ in refused:
            log.info("file_refused", file_id=str(file_id), code=code)
        for verdict, report in zip(probed, reports, strict=True):
            log.info("file_in", file_id=str(verdict.row.id), outcome=report.outcome, asset_id=report.asset_id)

    def _report(self, verdict: Verdict, added: Added) -> NewReport:
        assert verdict.probed is not None and verdict.hash is not None
        return report_of(
            verdict.probed,
            user_id=self.own.user_id,
            batch_id=verdict.row.batch_id,
            asset_id=added.asset_id,
            outcome=added.outcome,
            file_name=verdict.row.file_name,
            hash=verdict.hash,
        )

    async def _add(
        self, connection: Connection, probed: Sequence[Verdict], known: Mapping[str, Known]
    ) -> Sequence[Added]:
        found = [known.get(verdict.hash or "") for verdict in probed]
        new = [self._asset(verdict) for verdict, existing in zip(probed, found, strict=True) if existing is None]
        added = iter(await add_assets(connection, user_id=self.own.user_id, new=new) if new else ())
        present = [each.asset_id for each in found if each is not None]
        restored = await restore_assets(connection, user_id=self.own.user_id, asset_ids=present) if present else set()
        return [next(added) if each is None else self._known(each, restored) for each in found]

    @staticmethod
    def _known(known: Known, restored: set[int]) -> Added:
        """The outcome for content added during the probe; of several lines, the first counts as restoring it."""
        outcome: Outcome = "restored" if known.asset_id in restored else "already_there"
        restored.discard(known.asset_id)
        return Added(asset_id=known.asset_id, outcome=outcome)

    def _asset(self, verdict: Verdict) -> NewAsset:
        probed = verdict.probed
        assert probed is not None and verdict.hash is not None
        defaults = self._defaults
        return NewAsset(
            hash=verdict.hash,
            crc32=verdict.crc32,
            name=verdict.row.file_name,
            original_path=verdict.row.relative_path,
            theme=defaults.theme,
            source=defaults.source,
            provenance=provenance_of(probed, defaults.provenance),
            license_id=defaults.license_of(verdict.row.relative_path),
            attribution=defaults.attribution,
            hashtags=defaults.hashtags,
            **columns_of(probed, self._stored[verdict.row.id], self._previews.get(verdict.row.id, [])),
        )


_END = """
UPDATE batch_report_files AS files
   SET processing_status = CASE WHEN line.code IS NULL THEN 'success' ELSE 'failed' END, report_id = line.report_id,
       file_type = coalesce(line.form, file_type), error_code = line.code, error_message = line.message,
       settled_at = now(), probe_ms = line.probe_ms
  FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[])
       AS line (id, probe_ms, report_id, form, code, message)
 WHERE files.id = line.id AND processing_status = 'processing'
RETURNING files.id
"""

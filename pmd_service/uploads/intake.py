"""Getting a looked-at file into the library: its object, its previews, its row, its papers and its line."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import msgspec

from ..assets.asset import (
    VAULT_PREFIX,
    Added,
    Known,
    NewAsset,
    Preview,
    add_asset,
    asset_key,
    find_known,
    lock_library,
    restore_asset,
)
from ..assets.reports import Finding, add_report
from ..database import Connection
from ..media.look import Looked
from ..media.shelf import facts_of, preview_keys, store_previews
from ..ops.telemetry import log
from ..vault import Stored
from ..vault.leftovers import expect, take_back
from ..work.context import WorkerContext
from ..work.held import LeaseLostError
from .shapes import Defaults

# A line may wait so long for its next attempt, which needs the bytes that the last one has moved.
ATTEMPTED_SECONDS = 30 * 86_400.0


class _Line(Protocol):
    """Of a held line, what its intake needs."""

    @property
    def id(self) -> UUID: ...
    @property
    def user_id(self) -> int: ...
    @property
    def batch_id(self) -> UUID: ...
    @property
    def lease_token(self) -> UUID: ...
    @property
    def file_name(self) -> str: ...
    @property
    def relative_path(self) -> str: ...
    @property
    def file_size(self) -> int: ...


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a line: ``refused`` is a code and a sentence; without it and ``looked``, the bytes are known."""

    row: _Line
    path: Path | None = None
    hash: str | None = None
    crc32: int | None = None
    looked: Looked | None = None
    refused: tuple[str, str] | None = None
    previews: Path | None = None
    looking_ms: int = 0


class Intake:
    """What one upload's files are taken in with."""

    def __init__(self, worker: WorkerContext, *, sqid: str, user_id: int, defaults: Mapping[str, Any]) -> None:
        self._vault = worker.vault
        self._sqid = sqid
        self._user_id = user_id
        self._defaults = msgspec.convert(defaults, Defaults)
        self._previews: dict[UUID, list[Preview]] = {}
        # What the library knew of these lines' bytes when its lock was taken, and what has come in under it.
        self._known: dict[str, Known] = {}
        # The objects that lines' bytes have become.
        self.stored: dict[UUID, Stored] = {}

    async def lock(self, connection: Connection) -> None:
        await lock_library(connection, user_id=self._user_id)

    async def find_new(self, connection: Connection, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        """Those whose bytes the library does not know, under its lock; what had them before is swept no more."""
        hashes = {verdict.hash for verdict in verdicts if verdict.hash}
        self._known = dict(await find_known(connection, user_id=self._user_id, hashes=hashes))
        new = [verdict for verdict in verdicts if verdict.looked is not None and verdict.hash not in self._known]
        await take_back(connection, [key for verdict in new for key in self._keys_of(verdict)])
        return new

    async def expect(self, connection: Connection, verdicts: Sequence[Verdict]) -> None:
        """Before the first byte moves, in a transaction of its own and under the library's lock.

        When a worker dies over it and the upload is stopped then, the sweep finds what was moved.
        """
        keys = [key for verdict in await self.find_new(connection, verdicts) for key in self._keys_of(verdict)]
        await expect(connection, keys, seconds=ATTEMPTED_SECONDS)

    def _keys_of(self, verdict: Verdict) -> Sequence[str]:
        assert verdict.looked is not None and verdict.hash is not None
        previews = preview_keys(verdict.looked, user_sqid=self._sqid, content_hash=verdict.hash)
        return [asset_key(self._sqid, verdict.hash, verdict.looked.file_format), *previews]

    async def store_previews(self, new: Sequence[Verdict]) -> None:
        """Put the previews into the vault, before the rows that name them: the same content has the same ones."""
        stored = await asyncio.gather(*(self._store_previews(verdict) for verdict in new))
        self._previews |= dict(zip((verdict.row.id for verdict in new), stored, strict=True))

    async def _store_previews(self, verdict: Verdict) -> list[Preview]:
        if verdict.looked is None or verdict.previews is None or verdict.hash is None:
            return []
        return await store_previews(
            self._vault, verdict.looked, verdict.previews, user_sqid=self._sqid, content_hash=verdict.hash
        )

    async def store_files(self, new: Sequence[Verdict]) -> None:
        """Move what the library does not know to its place; under its lock, so that no purge comes between.

        Raises:
            VaultFaultError: some cannot be moved just now; moving them again is harmless.
        """
        await asyncio.gather(*(self._store_file(verdict) for verdict in new))

    async def _store_file(self, verdict: Verdict) -> None:
        assert verdict.looked is not None and verdict.hash is not None
        key = asset_key(self._sqid, verdict.hash, verdict.looked.file_format)
        incoming = self._vault.incoming(verdict.row.id)
        self.stored[verdict.row.id] = await incoming.finish(key, looked_at=verdict.path)

    async def settle(self, connection: Connection, verdict: Verdict) -> None:
        """End the line, in the caller's transaction and under the library's lock, when its bytes are at their place.

        Raises:
            LeaseLostError: the line is not held any more.
        """
        if verdict.refused is not None:
            await _fail(connection, verdict, *verdict.refused)
            log.info("file_refused", file_id=str(verdict.row.id), code=verdict.refused[0])
            return
        added = await self._add(connection, verdict)
        looked = verdict.looked
        report_id = await add_report(
            connection,
            user_id=self._user_id,
            batch_id=verdict.row.batch_id,
            asset_id=added.asset_id,
            outcome=added.outcome,
            file_name=verdict.row.file_name,
            content_hash=verdict.hash or "",
            facts=facts_of(looked) if looked else await _known_facts(connection, added.asset_id),
            findings=[Finding(code=f.code, message=f.message) for f in looked.findings] if looked else [],
        )
        await _succeed(connection, verdict, report_id, looked.file_format if looked else None)
        log.info("file_in", file_id=str(verdict.row.id), outcome=added.outcome, asset_id=added.asset_id)

    async def _add(self, connection: Connection, verdict: Verdict) -> Added:
        assert verdict.hash is not None
        known = self._known.get(verdict.hash)
        if known is None:
            assert verdict.looked is not None
            added = await add_asset(
                connection, user_id=self._user_id, new=self._asset(verdict, verdict.looked, verdict.hash)
            )
        else:
            if known.is_in_trash:
                await restore_asset(connection, user_id=self._user_id, content_hash=verdict.hash)
            added = Added(asset_id=known.asset_id, outcome="restored" if known.is_in_trash else "already_there")
        self._known[verdict.hash] = Known(asset_id=added.asset_id, hash=verdict.hash, is_in_trash=False)
        return added

    def _asset(self, verdict: Verdict, looked: Looked, content_hash: str) -> NewAsset:
        stored = self.stored[verdict.row.id]
        previews = self._previews.get(verdict.row.id, [])
        said = self._defaults
        return NewAsset(
            path=VAULT_PREFIX + stored.key,
            etag=stored.etag,
            type=looked.type,
            hash=content_hash,
            crc32=verdict.crc32,
            name=verdict.row.file_name,
            original_path=verdict.row.relative_path,
            mime_type=looked.mime_type,
            file_format=looked.file_format,
            size_bytes=stored.size,
            width=looked.width,
            height=looked.height,
            frame_count=looked.frame_count,
            duration_sec=looked.duration_sec,
            samplerate_hz=looked.samplerate_hz,
            preview_path=previews[0].path if previews else None,
            previews=previews,
            theme=said.theme,
            source=said.source,
            # A file that says itself that a model made it is believed; nothing else is guessed.
            provenance="ai_generated" if said.provenance == "unknown" and looked.ai_marks else said.provenance,
            license_id=said.license_id,
            attribution=said.attribution,
            hashtags=said.hashtags,
        )


async def _known_facts(connection: Connection, asset_id: int) -> Mapping[str, Any]:
    facts = await connection.fetchval(
        "SELECT facts FROM reports WHERE asset_id = $1 ORDER BY created_at DESC LIMIT 1", asset_id
    )
    return facts or {}


async def _succeed(connection: Connection, verdict: Verdict, report_id: UUID, file_type: str | None) -> None:
    await _end(
        connection,
        verdict,
        "processing_status = 'success', report_id = $4, file_type = coalesce($5, file_type), received_hash = $6",
        report_id,
        file_type,
        verdict.hash,
    )


async def _fail(connection: Connection, verdict: Verdict, code: str, message: str) -> None:
    await _end(connection, verdict, "processing_status = 'failed', error_code = $4, error_message = $5", code, message)


async def _end(connection: Connection, verdict: Verdict, changes: str, *args: object) -> None:
    ended = await connection.fetchval(
        f"""
        UPDATE batch_report_files
           SET lease_token = NULL, lease_expires_at = NULL, settled_at = now(), looking_ms = $3, {changes}
         WHERE id = $1 AND lease_token = $2 AND processing_status = 'processing'
        RETURNING id""",
        verdict.row.id,
        verdict.row.lease_token,
        verdict.looking_ms,
        *args,
    )
    if ended is None:
        raise LeaseLostError

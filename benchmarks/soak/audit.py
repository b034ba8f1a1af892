"""The audit: what became of every piece, by the rows, the files in the vault and the messages received."""

import asyncio
import hashlib
import os
import re
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import asyncpg

from pmd_service.archive.sparse import SUFFIX, SparseArchive
from pmd_service.assets.asset import key_of
from pmd_service.base.database import Pool
from pmd_service.jobs import STEPS
from pmd_service.vault import ObjectMissingError, Vault, VaultFaultError
from pmd_service.vault.keys import is_part
from pmd_service.vault.local import SCRATCH
from pmd_service.work.context import WorkerContext
from pmd_service.work.upkeep import run_step

from .artists import Receipts
from .report import Report

UNFINISHED = """
SELECT 'download ' || id FROM batch_download_requests WHERE status IN ('pending', 'processing')
UNION ALL SELECT 'takeout ' || id FROM takeouts WHERE completed_at IS NULL
UNION ALL SELECT 'upload ' || id FROM batch_reports WHERE status = 'processing'
UNION ALL SELECT 'file ' || id FROM batch_report_files WHERE processing_status IN ('pending', 'processing')
UNION ALL SELECT kind || ' ' || id FROM job WHERE status IN ('pending', 'running')
UNION ALL SELECT 'message ' || id FROM outbox WHERE status IN ('due', 'connecting')
UNION ALL SELECT 'work of ' || kind || ' ' || subject FROM work WHERE state <> 'failed'
"""

_NAMED = """
SELECT file_path FROM batch_download_requests WHERE file_path IS NOT NULL
UNION ALL SELECT key FROM pack_edition
UNION ALL SELECT substr(path, 8) FROM asset
UNION ALL SELECT substr(preview ->> 'path', 8) FROM asset, jsonb_array_elements(previews) AS preview
UNION ALL SELECT substr(art_url, 8) FROM posts
"""

# What was posted before the soak has no file in the library.
_PUBLISHED = """
SELECT asset.id AS asset_id, art_url FROM posts LEFT JOIN asset ON asset.post_id = posts.id
 WHERE posts.id <> ALL($1)
"""

_TAKEN_OVER = """
SELECT sum(greatest(last - recorded, 0))::int, sum(faults)::int -- a worker that died has recorded nothing
  FROM (SELECT max(attempt) AS last, count(*) AS recorded, count(*) FILTER (WHERE outcome = 'retry') AS faults
          FROM work_attempts GROUP BY kind, subject) AS attempts
"""

# Longer than any client waits before trying again, on a machine that is slow: what has not moved by then is stuck.
STILL_SECONDS = 300.0
POLL_SECONDS = 1.0
# The age at which dead processes' leftovers are removed, with a margin.
AGED_SECONDS = 3 * 86_400.0


async def until_ended(pool: Pool) -> None:
    """Wait until all work has ended, or none has for a long while."""
    before, since = set[str](), time.monotonic()
    while now := {row[0] for row in await pool.fetch(UNFINISHED)}:
        if now != before:
            before, since = now, time.monotonic()
        if time.monotonic() - since > STILL_SECONDS:
            return
        await asyncio.sleep(POLL_SECONDS)


async def keep_up(worker: WorkerContext, temporary: Path) -> None:
    """What the sweep and the daily jobs do, as if some days had passed since the last fault."""
    await worker.pool.execute("UPDATE vault_leftovers SET due_at = now()")
    await asyncio.to_thread(_age, worker.settings.vault_path, temporary)
    for step in (*STEPS, *STEPS):  # twice: the sweep removes what the daily steps leave
        await run_step(worker, step)


def _age(vault: Path, temporary: Path) -> None:
    then = time.time() - AGED_SECONDS
    parts = [path for path in vault.rglob("*") if is_part(path.name)]
    for path in [*parts, *vault.glob(f"{SCRATCH}/*"), *vault.glob("incoming/*"), *temporary.glob("*/*")]:
        os.utime(path, (then, then))


class Audit:
    """Compares what was requested with what exists, and reports the differences."""

    def __init__(
        self, pool: Pool, vault: Vault, messages: Iterable[EmailMessage], receipts: Receipts, report: Report
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._delivered = messages
        self._receipts = receipts
        self._report = report
        self._sums: dict[int, set[int]] = {}

    async def reckon(self) -> None:
        self._report.stuck += [row[0] for row in await self._pool.fetch(UNFINISHED)]
        for count in (self._downloads, self._takeouts, self._tasks, self._posts, self._packs, self._uploads):
            await count()
        await self._messages()
        await self._files()
        taken_over, retried = await self._pool.fetchrow(_TAKEN_OVER) or (0, 0)
        self._report.taken_over, self._report.retried = taken_over or 0, retried or 0

    async def _downloads(self) -> None:
        rows = await self._pool.fetch("SELECT * FROM batch_download_requests WHERE takeout_id IS NULL")
        await self._compare_archives("download", self._receipts.downloads, rows)

    async def _takeouts(self) -> None:
        rows = await self._pool.fetch("SELECT id FROM takeouts WHERE completed_at IS NOT NULL")
        self._compare("takeout", self._receipts.takeouts, [row["id"] for row in rows])
        built = await self._pool.fetch("SELECT * FROM batch_download_requests WHERE takeout_id IS NOT NULL")
        await self._compare_archives("takeout's archive", [row["id"] for row in built], built)

    async def _compare_archives(self, what: str, wanted: Sequence[UUID], rows: Sequence[asyncpg.Record]) -> None:
        self._compare(what, wanted, [row["id"] for row in rows])
        for row in rows:
            if row["status"] != "ready":
                self._report.failed.append(f"{what} {row['id']}: {row['status']}, {row['error_message']}")
                continue
            entries = await self._entries_of(f"{what} {row['id']}", row["file_path"])
            if entries is None:
                continue
            names = re.compile(r"(artworks|posts)/.*(?<!\.json)")
            sums = [each.CRC for each in entries if names.fullmatch(each.filename)]
            if len(sums) != row["artwork_count"]:
                self._report.lost.append(f"{what} {row['id']}: {len(sums)} of {row['artwork_count']} artworks")
            if not {*sums} <= await self._sums_of(row["user_id"]):
                self._report.wrong.append(f"{what} {row['id']}: bytes that no artwork of its artist has")

    async def _sums_of(self, user_id: int) -> set[int]:
        """The CRC-32 of each artwork of a user."""
        if user_id not in self._sums:
            rows = await self._pool.fetch("SELECT art_url FROM posts WHERE owner_id = $1", user_id)
            self._sums[user_id] = {zlib.crc32(await self._bytes_of(key_of(row["art_url"])) or b"") for row in rows}
        return self._sums[user_id]

    async def _entries_of(self, what: str, key: str) -> Sequence[zipfile.ZipInfo] | None:
        """An archive's contents, as its readers get them, with its checksums; None if it is broken."""
        try:
            if not key.endswith(SUFFIX):  # of the release before: a whole one
                async with self._vault.local(key) as path:
                    return await asyncio.to_thread(_entries_of_whole, path)
            archive = await SparseArchive.load(self._vault, key)
            if archive is None:
                raise ObjectMissingError(key)
            async with self._vault.scratch() as folder:
                with (folder / "archive.zip").open("wb") as file:
                    async for each in self._vault.stream(archive.pieces(range(archive.size))):
                        file.write(each if isinstance(each, bytes) else each.read())
                return await asyncio.to_thread(_entries_of_whole, folder / "archive.zip")
        except zipfile.BadZipFile as error:
            self._report.wrong.append(f"{what}: {error}")
        except (ObjectMissingError, VaultFaultError) as error:
            self._report.lost.append(f"{what}: its archive is not whole: {error!r}")
        return None

    async def _tasks(self) -> None:
        rows = await self._pool.fetch("SELECT * FROM job WHERE kind <> 'export_pack'")
        self._compare("task", self._receipts.tasks, [row["id"] for row in rows])
        for row in rows:
            if row["status"] != "completed" or row["result_asset_id"] is None:
                self._report.failed.append(f"task {row['id']}: {row['status']}, {row['error_message']}")
        # Each task has a source of its own, so that each result has a parent of its own.
        results = await self._pool.fetch("SELECT parent_asset_id FROM asset WHERE parent_asset_id IS NOT NULL")
        self._more_than_once("results of file", [row[0] for row in results])
        papers = await self._pool.fetch("SELECT facts -> 'made_by' ->> 'job_id' FROM reports WHERE facts ? 'made_by'")
        self._more_than_once("papers of task", [row[0] for row in papers])

    async def _packs(self) -> None:
        jobs = await self._pool.fetch("SELECT pack_id, status, error_message FROM job WHERE kind = 'export_pack'")
        self._compare("export of pack", self._receipts.packs, [row["pack_id"] for row in jobs])
        self._report.failed += [
            f"export of pack {row['pack_id']}: {row['status']}, {row['error_message']}"
            for row in jobs
            if row["status"] != "completed"
        ]
        editions = await self._pool.fetch("SELECT * FROM pack_edition")
        self._compare("edition of pack", self._receipts.packs, [row["pack_id"] for row in editions])
        for row in editions:
            await self._entries_of(f"edition of pack {row['pack_id']}", row["key"])

    async def _posts(self) -> None:
        """Each published file is one post, whose artwork can be read; artists' other posts are older."""
        rows = await self._pool.fetch(_PUBLISHED, self._receipts.artworks)
        self._compare("post of file", self._receipts.posts, [row["asset_id"] for row in rows])
        for row in rows:
            if await self._bytes_of(key_of(row["art_url"])) is None:
                self._report.lost.append(f"post of file {row['asset_id']}: its artwork is not there")

    async def _uploads(self) -> None:
        rows = await self._pool.fetch("SELECT user_id, hash, path FROM asset")
        there = {(row["user_id"], row["hash"]) for row in rows}
        for sent in self._receipts.uploads:
            lost = [each for each in sent.hashes if (sent.user_id, each) not in there]
            self._report.lost += [f"file {each[:12]} of an upload" for each in lost]
        for row in rows:
            data = await self._bytes_of(key_of(row["path"]))
            if data is None:
                self._report.lost.append(f"file {row['hash'][:12]} of the library: its bytes are not there")
            elif hashlib.sha256(data).hexdigest() != row["hash"]:
                self._report.wrong.append(f"file {row['hash'][:12]} of the library")
        papers = await self._pool.fetch("SELECT batch_id, hash FROM reports WHERE batch_id IS NOT NULL")
        self._more_than_once("papers of file", [(str(row["batch_id"]), row["hash"]) for row in papers])

    async def _bytes_of(self, key: str) -> bytes | None:
        try:
            async with self._vault.local(key) as path:
                return await asyncio.to_thread(path.read_bytes)
        except ObjectMissingError:
            return None

    async def _messages(self) -> None:
        # A takeout's message leads to the download that it is.
        rows = await self._pool.fetch(
            "SELECT id::text, takeout_id::text FROM batch_download_requests WHERE takeout_id IS NOT NULL"
        )
        takeouts = {row["id"]: row["takeout_id"] for row in rows}
        counts = Counter(takeouts.get(link, link) for link in map(_link, self._delivered))
        self._report.messages = counts.total()
        self._report.doubled += [
            f"message about {about}: {count} times" for about, count in counts.items() if count > 1
        ]
        # A message that was leaving when its sender died may have gone out, and is never sent again.
        rows = await self._pool.fetch("SELECT about FROM outbox WHERE status IN ('sending', 'unknown')")
        unknown = {row["about"] for row in rows}
        self._report.unknown_messages = len(unknown)
        wanted = {str(each) for each in self._receipts.messages}
        self._report.lost += [f"message about {about}" for about in wanted - counts.keys() - unknown]
        self._report.doubled += [f"message about {about}: it was not requested" for about in counts.keys() - wanted]

    async def _files(self) -> None:
        named = {row[0] for row in await self._pool.fetch(_NAMED)}
        async for page in self._vault.list(""):
            for key in (found.key for found in page if found.key not in named):
                is_temporary = is_part(Path(key).name) or Path(key).parts[0] in (SCRATCH, "incoming")
                (self._report.leftovers if is_temporary else self._report.orphans).append(f"file {key}")

    def _compare(self, what: str, wanted: Iterable[object], there: Sequence[object]) -> None:
        counts = Counter(there)
        wanted = set(wanted)
        self._report.lost += [f"{what} {each}: it is not there" for each in wanted - counts.keys()]
        self._more_than_once(what, there)
        self._report.doubled += [f"{what} {each}: it was not announced" for each in counts.keys() - wanted]

    def _more_than_once(self, what: str, found: Iterable[object]) -> None:
        self._report.doubled += [f"{what} {each}: {count}" for each, count in Counter(found).items() if count > 1]


def _entries_of_whole(archive: Path) -> Sequence[zipfile.ZipInfo]:
    with zipfile.ZipFile(archive) as opened:
        if (broken := opened.testzip()) is not None:
            raise zipfile.BadZipFile(f"{broken} has other bytes than its sum")
        return opened.infolist()


def _link(message: EmailMessage) -> str:
    """The id of the row that a message is about, by its link."""
    text = message.get_body(("plain",))
    link = text and re.search(r"\?(?:bdr|takeout)=([0-9a-f-]{36})", text.get_content())
    return link[1] if link else f"“{message['Subject']}”, without a link"

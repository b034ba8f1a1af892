"""``pmd-admin vault check``: compares rows with the vault's objects, both ways, while the service runs.

The vault's listing is loaded page by page into a temporary table and compared there, so memory use is constant. As rows
change meanwhile, each mismatch is checked again on both sides before it is reported.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from uuid import UUID

import msgspec

from ..base.database import Connection, Pool, find_all, find_one
from ..downloads.lifecycle import mark_archive_lost
from ..library.scrub import File, verify
from ..vault import ObjectUnreadableError, Vault
from ..vault.keys import INCOMING

PAGE = 1000
# A recent object may belong to a transaction that has not committed yet.
YOUNG_SECONDS = 3600.0
# Orphans are removed with this delay: if in fact the database is too old, there is time to notice.
GRACE_DAYS = 1

# What refers to objects: (key, size if the row has it, the row's id).
NAMED: Mapping[str, str] = {
    "file": "SELECT substring(path FROM 8) AS key, size_bytes AS size, id::text AS id FROM asset",
    "preview": """SELECT substring(preview ->> 'path' FROM 8), (preview ->> 'size_bytes')::bigint, id::text
                    FROM asset, jsonb_array_elements(previews) AS preview""",
    "download": """SELECT file_path, coalesce(stored_bytes, file_size_bytes), id::text FROM batch_download_requests
                    WHERE status = 'ready' AND file_path IS NOT NULL""",
    "pack": "SELECT key, coalesce(stored_bytes, size_bytes), pack_id::text FROM pack_edition",
    "archive": "SELECT key, NULL::bigint, archive FROM archive_reference",  # files that only an archive refers to
    "artwork": "SELECT substring(art_url FROM 8), NULL::bigint, id::text FROM posts WHERE art_url LIKE '/vault/%'",
    "version": """SELECT substring(art_url FROM 8), size_bytes, post_id::text FROM post_version
                    WHERE art_url LIKE '/vault/%'""",
    # A settled file's object is removed shortly afterwards.
    "half-received": f"""SELECT '{INCOMING}/' || id, NULL::bigint, id::text FROM batch_report_files
                          WHERE settled_at IS NULL OR settled_at > now() - interval '1 hour'""",
}
_NAMED = " UNION ALL ".join(
    f"SELECT '{what}' AS what, * FROM ({sql}) AS rows (key, size, id)" for what, sql in NAMED.items()
)

# Keys of our own objects; everything else in the vault is the site's.
_OURS = (
    r"^(assets/[^/]+/[0-9a-f]{64}\.[a-z0-9]+|previews/[^/]+/[0-9a-f]{64}/[^/]+|packs/[^/]+/\d+/\d+\.[\d-]+\.(zip|sparse)"
    rf"|bdr/[^/]+/[0-9a-f-]{{36}}(\.\d+)?\.(zip|sparse)|{INCOMING}/[0-9a-f-]{{36}})$"
)

_PREPARE = """
CREATE TEMP TABLE vault_found (key text, size bigint, age float8);
CREATE TEMP TABLE vault_doubt (number bigserial PRIMARY KEY, what text, key text, size bigint, id text);
"""
_LOST = f"""
INSERT INTO vault_doubt (what, key, size, id)
SELECT what, key, named.size, id
  FROM ({_NAMED}) AS named LEFT JOIN vault_found AS found USING (key)
 WHERE what <> 'half-received' AND (found.key IS NULL OR found.size <> named.size)
"""
# All pieces of a half-received file count as one key.
_ORPHANED = f"""
INSERT INTO vault_doubt (what, key)
SELECT DISTINCT 'orphan', key
  FROM (SELECT CASE WHEN key LIKE '{INCOMING}/%' THEN '{INCOMING}/' || split_part(key, '/', 2) ELSE key END AS key
          FROM vault_found WHERE age >= $2) AS found
 WHERE key ~ $1 AND NOT EXISTS (SELECT FROM ({_NAMED}) AS named WHERE named.key = found.key)
   AND NOT EXISTS (SELECT FROM vault_leftovers WHERE vault_leftovers.key = found.key)
"""
_HALF_RECEIVED = f"""
SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS bytes, coalesce(max(age), 0) AS seconds,
       (SELECT count(*) FROM vault_doubt WHERE what = 'orphan' AND key LIKE '{INCOMING}/%') AS orphaned
  FROM (SELECT sum(size) AS size, min(age) AS age FROM vault_found WHERE key LIKE '{INCOMING}/%'
         GROUP BY split_part(key, '/', 2)) AS file
"""
_PAGE = f"SELECT * FROM vault_doubt WHERE number > $1 ORDER BY number LIMIT {PAGE}"
_CLEAR = "DELETE FROM vault_doubt WHERE number = ANY ($1)"
# Rows that have been deleted or changed meanwhile.
_CLEAR_GONE = f"""
DELETE FROM vault_doubt AS mismatch
 WHERE what <> 'orphan'
   AND NOT EXISTS (SELECT FROM ({_NAMED}) AS named WHERE named.what = mismatch.what AND named.key = mismatch.key)
"""
_FILES = f"""
SELECT id, path, hash, size_bytes FROM asset
 WHERE id > $1 AND NOT EXISTS (SELECT FROM vault_doubt WHERE what = 'file' AND vault_doubt.id = asset.id::text)
 ORDER BY id LIMIT {PAGE}
"""
_FILES_NAMED = "SELECT id, path, hash, size_bytes FROM asset WHERE id = ANY ($1::text[]::bigint[])"

# A concurrent publication of one of these keys has an entry: this waits for its end, and _TAKE_BACK checks again.
_LEAVE = f"""
INSERT INTO vault_leftovers (key, due_at) SELECT unnest($1::text[]), now() + make_interval(days => {GRACE_DAYS})
    ON CONFLICT DO NOTHING
"""
_TAKE_BACK = f"""
DELETE FROM vault_leftovers
 WHERE key = ANY ($1) AND writer IS NULL
   AND EXISTS (SELECT FROM ({_NAMED}) AS named WHERE named.key = vault_leftovers.key)
"""


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """An object that a row refers to and that is missing or different, or one that no row refers to (``orphan``)."""

    number: int
    what: str
    key: str
    size: int | None
    id: str | None


class HalfReceived(msgspec.Struct, frozen=True, kw_only=True):
    """What is in ``incoming/``; ``seconds`` since the last byte of the oldest; ``orphaned`` belong to no upload."""

    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    orphaned: int = 0


class Result(msgspec.Struct, kw_only=True):
    """The numbers of objects and of findings."""

    objects: int = 0
    lost: int = 0
    other_bytes: int = 0
    orphaned: int = 0
    half_received: HalfReceived = HalfReceived()


class Check:
    """One comparison.

    Args:
        connection: direct, not through a pooler: it creates temporary tables.
        report: called with a line for each finding.
    """

    def __init__(
        self, connection: Connection, pool: Pool, vault: Vault, *, scrub_days: int, report: Callable[[str], None]
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._vault = vault
        self._scrub_days = scrub_days
        self._report = report
        self.found = Result()

    async def run(self, *, repair: bool, read: bool) -> Result:
        """Compare; ``read``: also each library file with its SHA-256.

        Raises:
            VaultFaultError: the vault cannot be listed or read.
        """
        await self._connection.execute(_PREPARE)
        await self._list()
        await self._connection.execute(_LOST)
        await self._connection.execute(_ORPHANED, _OURS, YOUNG_SECONDS)
        half_received = await find_one(self._connection, HalfReceived, _HALF_RECEIVED)
        assert half_received is not None
        self.found.half_received = half_received
        await self._check_again()
        await self._connection.execute(_CLEAR_GONE)
        async for page in self._mismatches():
            for mismatch in page:
                await self._report_finding(mismatch)
            if repair:
                await self._repair(page)
        if read:
            await self._read()
        return self.found

    async def _list(self) -> None:
        async for page in self._vault.list(""):
            self.found.objects += len(page)
            records = [(found.key, found.size, found.age) for found in page if _is_text(found.key)]
            await self._connection.copy_records_to_table("vault_found", records=records)
        await self._connection.execute("CREATE INDEX ON vault_found (key); ANALYZE vault_found")

    async def _mismatches(self) -> AsyncIterator[Sequence[Mismatch]]:
        last = 0
        while mismatches := await find_all(self._connection, Mismatch, _PAGE, last):
            last = mismatches[-1].number
            yield mismatches

    async def _check_again(self) -> None:
        """Drop mismatches that the vault does not confirm now."""
        async for page in self._mismatches():
            cleared = [mismatch.number for mismatch in page if await self._finding(mismatch) is None]
            await self._connection.execute(_CLEAR, cleared)

    async def _finding(self, mismatch: Mismatch) -> str | None:
        """What is wrong with it now, as a field of ``Result``; None if nothing."""
        if mismatch.what == "orphan" and mismatch.key.startswith(f"{INCOMING}/"):
            return "orphaned"
        try:
            source = await self._vault.find(mismatch.key)
        except (ObjectUnreadableError, ValueError):
            return "lost"
        if mismatch.what == "orphan":
            return "orphaned" if source else None
        if source is None:
            return "lost"
        return "other_bytes" if mismatch.size not in (None, source.size) else None

    async def _report_finding(self, mismatch: Mismatch) -> None:
        if finding := await self._finding(mismatch):
            whose = "no upload refers to it" if mismatch.key.startswith(f"{INCOMING}/") else "no row refers to it"
            self._say(finding, mismatch.key, f"{mismatch.what} {mismatch.id}" if mismatch.id else whose)

    def _say(self, finding: str, key: str, whose: str) -> None:
        setattr(self.found, finding, getattr(self.found, finding) + 1)
        self._report(f"{finding}  {key}  ({whose})")

    async def _repair(self, page: Sequence[Mismatch]) -> None:
        if orphans := [mismatch.key for mismatch in page if mismatch.what == "orphan"]:
            await self._connection.execute(_LEAVE, orphans)
            await self._connection.execute(_TAKE_BACK, orphans)
        for mismatch in page:
            if mismatch.what == "download" and mismatch.id:
                await mark_archive_lost(self._pool, UUID(mismatch.id), mismatch.key)
        files = [mismatch.id for mismatch in page if mismatch.what == "file"]
        for file in await find_all(self._connection, File, _FILES_NAMED, files):
            await verify(self._pool, self._vault, file, days=self._scrub_days)

    async def _read(self) -> None:
        last = 0
        while files := await find_all(self._connection, File, _FILES, last):
            last = files[-1].id
            for file in files:
                if fault := await verify(self._pool, self._vault, file, days=self._scrub_days):
                    self._say("lost" if fault == "lost" else "other_bytes", file.path, f"file {file.id}")


def _is_text(key: str) -> bool:
    """Keys that are not valid text are the site's own: no row can refer to them."""
    return key.encode(errors="replace").decode() == key

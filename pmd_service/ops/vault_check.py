"""``pmd vault check``: what rows name against what the vault has, both ways, while the service runs.

The vault's listing goes into a temporary table page by page, and Postgres compares: memory stays as it is, whatever the
vault holds. Rows come and go meanwhile: what looks wrong is looked for once more on both sides before it is told.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from uuid import UUID

import msgspec

from ..base.database import Connection, Pool, find_all, find_one
from ..downloads.lifecycle import lose_archive
from ..library.scrub import File, verify
from ..vault import ObjectUnreadableError, Vault
from ..vault.keys import INCOMING

PAGE = 1000
# A young object may belong to a transaction that is about to commit.
YOUNG_SECONDS = 3600.0
# What no row names is removed so much later: where it was the database that is too old, somebody notices until then.
GRACE_DAYS = 1

# What names objects: (key, size where the row knows it, the row's id).
NAMED: Mapping[str, str] = {
    "file": "SELECT substring(path FROM 8) AS key, size_bytes AS size, id::text AS id FROM asset",
    "preview": """SELECT substring(told ->> 'path' FROM 8), (told ->> 'size_bytes')::bigint, id::text
                    FROM asset, jsonb_array_elements(previews) AS told""",
    "download": """SELECT file_path, coalesce(stored_bytes, file_size_bytes), id::text FROM batch_download_requests
                    WHERE status = 'ready' AND file_path IS NOT NULL""",
    "pack": "SELECT key, coalesce(stored_bytes, size_bytes), pack_id::text FROM pack_edition",
    "archive": "SELECT key, NULL::bigint, archive FROM archive_hold",  # files that only an archive refers to
    "artwork": "SELECT substring(art_url FROM 8), NULL::bigint, id::text FROM posts WHERE art_url LIKE '/vault/%'",
    # Who ends an upload's file removes what was received of it just then.
    "half-received": f"""SELECT '{INCOMING}/' || id, NULL::bigint, id::text FROM batch_report_files
                          WHERE settled_at IS NULL OR settled_at > now() - interval '1 hour'""",
}
_NAMED = " UNION ALL ".join(
    f"SELECT '{what}' AS what, * FROM ({sql}) AS rows (key, size, id)" for what, sql in NAMED.items()
)

# What bears our mark; everything else in the vault is the site's.
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
# A half-received file's pieces, where they are several, have one name.
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
# Rows that have gone meanwhile, or name something else.
_CLEAR_GONE = f"""
DELETE FROM vault_doubt AS doubt
 WHERE what <> 'orphan'
   AND NOT EXISTS (SELECT FROM ({_NAMED}) AS named WHERE named.what = doubt.what AND named.key = doubt.key)
"""
_FILES = f"""
SELECT id, path, hash, size_bytes FROM asset
 WHERE id > $1 AND NOT EXISTS (SELECT FROM vault_doubt WHERE what = 'file' AND vault_doubt.id = asset.id::text)
 ORDER BY id LIMIT {PAGE}
"""
_FILES_NAMED = "SELECT id, path, hash, size_bytes FROM asset WHERE id = ANY ($1::text[]::int[])"

# Who is publishing one of these at this very moment has an entry: this waits for the end of that, and then looks again.
_LEAVE = f"""
INSERT INTO vault_leftovers (key, due_at) SELECT unnest($1::text[]), now() + make_interval(days => {GRACE_DAYS})
    ON CONFLICT DO NOTHING
"""
_TAKE_BACK = f"""
DELETE FROM vault_leftovers
 WHERE key = ANY ($1) AND writer IS NULL
   AND EXISTS (SELECT FROM ({_NAMED}) AS named WHERE named.key = vault_leftovers.key)
"""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """What does not agree: an object that a row names, or one that no row does (``orphan``)."""

    number: int
    what: str
    key: str
    size: int | None
    id: str | None


class HalfReceived(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in ``incoming/``; ``seconds`` since the last byte of the oldest, ``orphaned`` are of no upload."""

    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    orphaned: int = 0


class Reckoned(msgspec.Struct, kw_only=True):
    """How many objects there are, and what was found."""

    objects: int = 0
    lost: int = 0
    other_bytes: int = 0
    orphaned: int = 0
    half_received: HalfReceived = HalfReceived()


class Check:
    """One reckoning.

    Args:
        connection: of the database itself and not of a pooler: it has temporary tables.
        tell: is called with a line about each thing that was found.
    """

    def __init__(
        self, connection: Connection, pool: Pool, vault: Vault, *, scrub_days: int, tell: Callable[[str], None]
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._vault = vault
        self._scrub_days = scrub_days
        self._tell = tell
        self.found = Reckoned()

    async def run(self, *, repair: bool, read: bool) -> Reckoned:
        """Reckon; ``read`` compares the bytes of each library file with its SHA-256 too.

        Raises:
            VaultFaultError: the vault cannot be listed or looked into.
        """
        await self._connection.execute(_PREPARE)
        await self._list()
        await self._connection.execute(_LOST)
        await self._connection.execute(_ORPHANED, _OURS, YOUNG_SECONDS)
        half_received = await find_one(self._connection, HalfReceived, _HALF_RECEIVED)
        assert half_received is not None
        self.found.half_received = half_received
        await self._look_again()
        await self._connection.execute(_CLEAR_GONE)
        async for page in self._doubts():
            for doubt in page:
                await self._judge(doubt)
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

    async def _doubts(self) -> AsyncIterator[Sequence[Doubt]]:
        last = 0
        while doubts := await find_all(self._connection, Doubt, _PAGE, last):
            last = doubts[-1].number
            yield doubts

    async def _look_again(self) -> None:
        """Let go of the doubts that the vault's word of now clears."""
        async for page in self._doubts():
            cleared = [doubt.number for doubt in page if await self._finding(doubt) is None]
            await self._connection.execute(_CLEAR, cleared)

    async def _finding(self, doubt: Doubt) -> str | None:
        """What is wrong about it now: the name of a count, None for nothing."""
        if doubt.what == "orphan" and doubt.key.startswith(f"{INCOMING}/"):
            return "orphaned"
        try:
            source = await self._vault.find(doubt.key)
        except (ObjectUnreadableError, ValueError):
            return "lost"
        if doubt.what == "orphan":
            return "orphaned" if source else None
        if source is None:
            return "lost"
        return "other_bytes" if doubt.size not in (None, source.size) else None

    async def _judge(self, doubt: Doubt) -> None:
        if finding := await self._finding(doubt):
            whose = "no upload awaits it" if doubt.key.startswith(f"{INCOMING}/") else "no row names it"
            self._say(finding, doubt.key, f"{doubt.what} {doubt.id}" if doubt.id else whose)

    def _say(self, finding: str, key: str, whose: str) -> None:
        setattr(self.found, finding, getattr(self.found, finding) + 1)
        self._tell(f"{finding}  {key}  ({whose})")

    async def _repair(self, page: Sequence[Doubt]) -> None:
        if orphans := [doubt.key for doubt in page if doubt.what == "orphan"]:
            await self._connection.execute(_LEAVE, orphans)
            await self._connection.execute(_TAKE_BACK, orphans)
        for doubt in page:
            if doubt.what == "download" and doubt.id:
                await lose_archive(self._pool, UUID(doubt.id), doubt.key)
        files = [doubt.id for doubt in page if doubt.what == "file"]
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
    """Names that are no text are the site's own: no row can name them."""
    return key.encode(errors="replace").decode() == key

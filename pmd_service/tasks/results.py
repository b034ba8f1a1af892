"""A task's results: new files are probed, stored and added to the library, all of them or none."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from uuid import UUID

import msgspec

from ..assets.allowance import read_allowance
from ..assets.asset import VAULT_PREFIX, Added, Asset, NewAsset, add_asset, asset_key, find_known, key_of
from ..assets.hashing import hash_file
from ..base.database import Connection, Pool, find_all, find_values
from ..media.messages import NAME_LENGTH, Finding
from ..media.probe_result import ProbeResult
from ..media.probe_store import measures_of, object_keys, store_previews
from ..vault.leftovers import SweptAwayError, keep, reserve
from ..work.context import WorkerContext
from ..work.kind import PermanentError


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A new file, its probe result, the folder of its previews, its row, and the file that it was made from.

    ``is_named``: other results contain its name. ``findings``: the engine's, for this file and not the others.
    """

    path: Path
    probed: ProbeResult
    previews: Path
    new: NewAsset
    parent_id: int
    findings: Sequence[Finding]
    is_named: bool = False


def result_of(
    parent: Asset,
    probed: ProbeResult,
    previews: Path,
    path: Path,
    *,
    name: str,
    user_sqid: str,
    findings: Sequence[Finding] = (),
    is_named: bool = False,
) -> Result:
    """A result with its row: “new”, with its parent's licence and texts. A derivative of AI work counts as AI work.

    Blocks: it hashes the file.
    """
    content_hash, crc32 = hash_file(path)
    new = NewAsset(
        path=VAULT_PREFIX + asset_key(user_sqid, content_hash, probed.file_format),
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
        **{**measures_of(probed), "generation": probed.generation or parent.generation},
    )
    return Result(
        path=path,
        probed=probed,
        previews=previews,
        new=new,
        parent_id=parent.id,
        findings=findings,
        is_named=is_named,
    )


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What a file itself says of its origin: that AI made it, and whether it has content credentials (C2PA)."""

    asset_id: int
    of_ai: Sequence[str] = ()
    are_signed: bool = False

    def left_by(self, result: Result) -> list[Finding]:
        """Those that a result does not have."""
        found = []
        if self.of_ai and not result.probed.ai_marks:
            marks = "; ".join(self.of_ai)[:300]
            message = f"Its marks of AI ({marks}) are not in the result. Your library knows them still."
            found.append(Finding("ai_marks_left", message))
        if self.are_signed and all(each.code != "content_credentials" for each in result.probed.findings):
            message = "Its content credentials (C2PA) stay with the original: they are of no other file."
            found.append(Finding("content_credentials_left", message))
        return found


_MARKS = """
SELECT asset_id, array_remove(array_agg(DISTINCT mark), NULL) AS of_ai,
       bool_or(findings @> '[{"code": "content_credentials"}]') AS are_signed
  FROM reports LEFT JOIN LATERAL jsonb_array_elements_text(facts -> 'ai_marks') AS mark ON true
 WHERE asset_id = ANY($1) AND user_id = $2
 GROUP BY asset_id
"""


async def find_marks(connection: Connection, *, user_id: int, asset_ids: Sequence[int]) -> Mapping[int, Marks]:
    """The marks of these files, according to their reports."""
    found = await find_all(connection, Marks, _MARKS, asset_ids, user_id)
    return {each.asset_id: each for each in found}


def distinct(results: Iterable[Result]) -> list[Result]:
    """Each content once: identical frames become one file."""
    by_hash: dict[str, Result] = {}
    for result in results:
        by_hash.setdefault(result.new.hash, result)
    return list(by_hash.values())


_NAMED = "SELECT hash, name FROM asset WHERE user_id = $1 AND hash = ANY($2)"


async def names_in_library(pool: Pool, *, user_id: int, names: Sequence[str], hashes: Sequence[str]) -> Sequence[str]:
    """What results are called: known contents as they are, others by a free name."""
    known = {row["hash"]: row["name"] for row in await pool.fetch(_NAMED, user_id, hashes)}
    return [
        known.get(content_hash) or await _free_name(pool, user_id=user_id, name=name)
        for name, content_hash in zip(names, hashes, strict=True)
    ]


class ResultStore:
    """Adds results to one user's library: ``reserve``, ``store`` each, then ``add``."""

    def __init__(self, worker: WorkerContext, *, user_id: int, user_sqid: str) -> None:
        self._worker = worker
        self._user_id = user_id
        self._user_sqid = user_sqid

    async def reserve(self, connection: Connection, results: Sequence[Result]) -> Mapping[str, UUID]:
        """Reserve the objects before they are written, so that a crash or a cancellation leaves none behind.

        Returns:
            The writer's id, by the hash of each result that the library does not have yet.

        Raises:
            PermanentError: the library is full.
        """
        known = await self._known(connection, results)
        fresh = [result for result in results if result.new.hash not in known]
        if not fresh:
            return {}
        await self._require_room(connection, fresh)
        writer = await reserve(connection, [key for result in fresh for key in self._keys(result)])
        return {result.new.hash: writer for result in fresh}

    async def _require_room(self, connection: Connection, fresh: Sequence[Result]) -> None:
        allowance = await read_allowance(connection, self._worker.settings, user_id=self._user_id)
        wanted = sum(result.new.size_bytes for result in fresh)
        if wanted > allowance.left_bytes or len(fresh) > allowance.left_files:
            raise PermanentError("Your library has not enough room for the result.", "allowance")

    async def store(self, result: Result) -> Result:
        """Store a result's previews and bytes in the vault.

        Raises:
            VaultFaultError: it may succeed later.
        """
        previews = await store_previews(
            self._worker.vault, result.probed, result.previews, user_sqid=self._user_sqid, content_hash=result.new.hash
        )
        stored = await self._worker.vault.put(key_of(result.new.path), result.path)
        first = previews[0].path if previews else None
        new = msgspec.structs.replace(result.new, etag=stored.etag, previews=previews, preview_path=first)
        return msgspec.structs.replace(result, new=new)

    async def add(
        self, connection: Connection, results: Sequence[Result], writers: Mapping[str, UUID]
    ) -> Sequence[Added]:
        """Insert the rows; a known asset's bytes are already stored.

        Raises:
            SweptAwayError: another transaction purged or wrote the same bytes, or took a name, meanwhile; a retry may
                succeed.
        """
        known = await self._known(connection, results)
        fresh = [result for result in results if result.new.hash not in known]
        await self._require_room(connection, fresh)  # others may have taken it while these were stored
        for result in fresh:
            if result.new.hash not in writers:
                raise SweptAwayError("a known file was purged meanwhile")
            await keep(connection, self._keys(result), writers[result.new.hash])
        return [await self._add(connection, result, is_known=result.new.hash in known) for result in results]

    async def _add(self, connection: Connection, result: Result, *, is_known: bool) -> Added:
        new = result.new
        if not is_known:
            name = await _free_name(connection, user_id=self._user_id, name=new.name)
            if result.is_named and name != new.name:
                raise SweptAwayError(f"another result has just been called {new.name}")
            new = msgspec.structs.replace(new, name=name)
        return await add_asset(connection, user_id=self._user_id, new=new)

    async def _known(self, connection: Connection, results: Sequence[Result]) -> set[str]:
        hashes = {result.new.hash for result in results}
        return set(await find_known(connection, user_id=self._user_id, hashes=hashes))

    def _keys(self, result: Result) -> list[str]:
        return object_keys(result.probed, user_sqid=self._user_sqid, content_hash=result.new.hash)


# Beyond this number, results share a name.
MAX_NUMBER = 200

_TAKEN = """
SELECT name FROM asset
 WHERE user_id = $1 AND sort_name = ANY (ARRAY(SELECT left(natural_key(each), 300) FROM unnest($2::text[]) AS each))
   AND parent_asset_id IS NOT NULL AND name = ANY($2)
"""


async def _free_name(connection: Connection | Pool, *, user_id: int, name: str) -> str:
    """The name, or the first numbered one that no other result of the user has: “dragon large 2.gif”.

    Under the library's lock two results cannot get the same name.
    """
    path = PurePath(name)
    stem = path.stem[: NAME_LENGTH - len(f" {MAX_NUMBER}{path.suffix}")]
    names = [name, *(f"{stem} {number}{path.suffix}" for number in range(2, MAX_NUMBER + 1))]
    taken = {*await find_values(connection, _TAKEN, user_id, names)}
    return next((each for each in names if each not in taken), name)

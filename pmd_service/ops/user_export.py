"""Everything of a user in one ZIP: their rows as JSON, one a line, and the files that they have sent or published."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED

import msgspec
from zipstream import ZipStream

from ..archive.names import safe_name
from ..base.database import Pool, rows_of
from ..vault import NotThereError, Vault
from .user_data import PARTS, File, files_of, tables_of_users

CHUNK = 1024**2
# Control characters never stand in JSON: nothing is quoted, and each row is its line as it is.
_DELIMITER, _QUOTE = "\x02", "\x01"
# Who has the token of a lease could end it, and who has a password's hash could guess it.
_HIDDEN = "'{lease_token,password}'::text[]"


class Exported(msgspec.Struct, frozen=True):
    """How much there was; ``missing`` are files that rows name and the vault does not have."""

    rows: int
    files: int
    missing: Sequence[str]


async def export_user(pool: Pool, vault: Vault, user_id: int, target: BinaryIO) -> Exported:
    """Write everything of this user; each table as it is at its moment."""
    # Deflate, at level 0 for files: a streamed entry that is stored has its sizes where some readers refuse them.
    archive = ZipStream(compress_type=ZIP_DEFLATED)
    rows, missing = 0, []
    async with vault.scratch() as folder:
        for name, where in await _tables(pool):
            told = folder / f"{name}.jsonl"
            rows += await _copy(pool, name, where, user_id, told)
            if told.stat().st_size:
                archive.add_path(str(told), f"rows/{told.name}")
                _write(archive, target)
        files = await files_of(pool, user_id)
        for file in files:
            if not await _add(archive, vault, file, target):
                missing.append(file.key)
    target.writelines(archive.finalize())
    return Exported(rows, len(files) - len(missing), missing)


async def _tables(pool: Pool) -> Sequence[tuple[str, str]]:
    """Each table with rows of a user's, and which of its rows those are."""
    owned: dict[str, list[str]] = {}
    for table in await tables_of_users(pool):
        owned.setdefault(table.name, []).append(f"{table.column} = $1")
    # What others did to them is theirs to know, too.
    owned["audit_log"] = ["target_user_id = $1", "actor_id = $1"]
    return [(name, " OR ".join(columns)) for name, columns in owned.items()] + list(PARTS.items())


async def _copy(pool: Pool, table: str, where: str, user_id: int, target: Path) -> int:
    query = f"SELECT to_jsonb(told) - {_HIDDEN} FROM {table} AS told WHERE {where}"
    async with pool.acquire() as connection:
        status: str = await connection.copy_from_query(
            query, user_id, output=target, format="csv", delimiter=_DELIMITER, quote=_QUOTE
        )
    return rows_of(status)


async def _add(archive: ZipStream, vault: Vault, file: File, target: BinaryIO) -> bool:
    stem, _, extension = file.name.rpartition(".")
    name = f"{file.folder}/{file.id}-{safe_name(stem or file.name, extension if stem else '')}"
    with suppress(NotThereError, ValueError):
        async with vault.local(file.key) as path:
            archive.add(_chunks(path), name, compress_level=0)
            _write(archive, target)
            return True
    return False


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _write(archive: ZipStream, target: BinaryIO) -> None:
    target.writelines(archive.all_files())

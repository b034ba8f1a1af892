"""All data of a user in one ZIP: their rows as JSON lines, and the files that they uploaded or published."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED

import msgspec
from zipstream import ZipStream

from ..archive.names import safe_name
from ..base.database import Pool, row_count
from ..erasure.user_data import PARTS, File, files_of, tables_of_users
from ..vault import ObjectMissingError, Vault

CHUNK = 1024**2
# COPY's CSV without quoting: JSON contains no control characters.
_DELIMITER, _QUOTE = "\x02", "\x01"
# With a lease's token one could end it, a password could be guessed from its hash, a hash tells whose token it is, and
# a secret signs.
_HIDDEN = "'{token,password,digest,secret,previous_secret}'::text[]"


class Exported(msgspec.Struct, frozen=True):
    """The numbers of rows and files; ``missing`` are keys that the vault does not have."""

    rows: int
    files: int
    missing: Sequence[str]


async def export_user(pool: Pool, vault: Vault, user_id: int, target: BinaryIO) -> Exported:
    """Write all data of this user; tables are not read at one point in time."""
    # Files are deflated at level 0: some readers refuse stored entries with a data descriptor.
    archive = ZipStream(compress_type=ZIP_DEFLATED)
    rows, missing = 0, []
    async with vault.scratch() as folder:
        for name, where in await _tables(pool):
            lines = folder / f"{name}.jsonl"
            rows += await _copy(pool, name, where, user_id, lines)
            if lines.stat().st_size:
                archive.add_path(str(lines), f"rows/{lines.name}")
                _write(archive, target)
        files = await files_of(pool, user_id)
        for file in files:
            if not await _add(archive, vault, file, target):
                missing.append(file.key)
    target.writelines(archive.finalize())
    return Exported(rows, len(files) - len(missing), missing)


async def _tables(pool: Pool) -> Sequence[tuple[str, str]]:
    """Each table with rows of a user, and the condition that selects them."""
    owned: dict[str, list[str]] = {}
    for table in await tables_of_users(pool):
        owned.setdefault(table.name, []).append(f"{table.column} = $1")
    # Also what moderators did to them.
    owned["audit_log"] = ["target_user_id = $1", "actor_id = $1"]
    return [(name, " OR ".join(columns)) for name, columns in owned.items()] + list(PARTS.items())


async def _copy(pool: Pool, table: str, where: str, user_id: int, target: Path) -> int:
    query = f"SELECT to_jsonb(exported) - {_HIDDEN} FROM {table} AS exported WHERE {where}"
    async with pool.acquire() as connection:
        status: str = await connection.copy_from_query(
            query, user_id, output=target, format="csv", delimiter=_DELIMITER, quote=_QUOTE
        )
    return row_count(status)


async def _add(archive: ZipStream, vault: Vault, file: File, target: BinaryIO) -> bool:
    stem, _, extension = file.name.rpartition(".")
    name = f"{file.folder}/{file.id}-{safe_name(stem or file.name, extension if stem else '')}"
    with suppress(ObjectMissingError, ValueError):
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

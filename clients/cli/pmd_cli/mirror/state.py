"""What a mirror knows: which things are where, what is still to be done, and the cursor of the changes it has seen."""

import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from ..session import CommandError

FOLDER = ".pmd-mirror"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
-- A thing that is in the folder; no version: its path is reserved.
CREATE TABLE IF NOT EXISTS item (
    kind TEXT NOT NULL, id INTEGER NOT NULL, path TEXT NOT NULL, folded TEXT NOT NULL UNIQUE,
    version TEXT NOT NULL DEFAULT '', meta TEXT NOT NULL DEFAULT '', seen INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, id)
);
-- A thing that has changed. What it is like now as JSON; none: not known yet; empty: it is gone.
CREATE TABLE IF NOT EXISTS todo (kind TEXT NOT NULL, id INTEGER NOT NULL, thing BLOB, PRIMARY KEY (kind, id));
"""


# The version of a thing that has no bytes here, only a description.
NO_BYTES = "-"


class Item(NamedTuple):
    """A thing in the folder: its path, the version of its bytes, and the digest of its description."""

    path: str
    version: str
    meta: str


class State:
    """The state of one folder, for as long as this process may change it.

    Args:
        is_trial: nothing is written; it works on a copy in memory.

    Raises:
        CommandError: another mirror works there, or the file is damaged.
    """

    def __init__(self, root: Path, *, is_trial: bool = False) -> None:
        file = root / FOLDER / "state.sqlite"
        try:
            self._db = self._copied(file) if is_trial else self._locked(file)
            self._db.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise CommandError(f"Another “pmd mirror” works in {root} at the moment.") from error
            raise
        except sqlite3.DatabaseError as error:
            message = f"{file} is damaged ({error}). Delete it: the files that are there will be recognized."
            raise CommandError(message) from error

    @staticmethod
    def _locked(file: Path) -> sqlite3.Connection:
        """With a lock that ends with this process, however it ends."""
        file.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(file, timeout=0.1, isolation_level=None)
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("COMMIT")
        return database

    @staticmethod
    def _copied(file: Path) -> sqlite3.Connection:
        memory = sqlite3.connect(":memory:", isolation_level=None)
        if file.exists():
            disk = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=0.1)
            try:
                disk.backup(memory)
            finally:
                disk.close()
        return memory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # SQLite ends one itself when the disk is full
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def __getitem__(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def __setitem__(self, name: str, value: str | None) -> None:
        if value is None:
            self._db.execute("DELETE FROM meta WHERE name = ?", (name,))
        else:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def item(self, kind: str, thing_id: int) -> Item | None:
        found = self._db.execute("SELECT path, version, meta FROM item WHERE kind = ? AND id = ?", (kind, thing_id))
        return Item(*row) if (row := found.fetchone()) else None

    def items(self) -> Sequence[tuple[str, int, Item]]:
        """All that are there."""
        found = self._db.execute("SELECT kind, id, path, version, meta FROM item WHERE version <> ''").fetchall()
        return [(kind, thing_id, Item(*rest)) for kind, thing_id, *rest in found]

    def count(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM item WHERE version <> ''").fetchone()
        return int(count)

    def owner_of(self, path: str) -> tuple[str, int] | None:
        """Whose path this is, or one that differs in case or form only: some disks have one file for both."""
        found = self._db.execute("SELECT kind, id FROM item WHERE folded = ?", (_folded(path),)).fetchone()
        return (found[0], found[1]) if found else None

    def put(self, kind: str, thing_id: int, item: Item) -> None:
        self._db.execute(
            """
            INSERT INTO item (kind, id, path, folded, version, meta) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (kind, id) DO UPDATE SET path = excluded.path, folded = excluded.folded,
                                                 version = excluded.version, meta = excluded.meta
            """,
            (kind, thing_id, item.path, _folded(item.path), item.version, item.meta),
        )

    def forget(self, kind: str, thing_id: int) -> None:
        self._db.execute("DELETE FROM item WHERE kind = ? AND id = ?", (kind, thing_id))

    def see(self, kind: str, thing_id: int, listing: int) -> None:
        self._db.execute("UPDATE item SET seen = ? WHERE kind = ? AND id = ?", (listing, kind, thing_id))

    def unseen(self, listing: int) -> Sequence[tuple[str, int]]:
        return self._db.execute("SELECT kind, id FROM item WHERE seen <> ?", (listing,)).fetchall()

    def must(self, kind: str, thing_id: int, thing: bytes | None) -> None:
        self._db.execute("INSERT OR REPLACE INTO todo VALUES (?, ?, ?)", (kind, thing_id, thing))

    def done(self, kind: str, thing_id: int) -> None:
        self._db.execute("DELETE FROM todo WHERE kind = ? AND id = ?", (kind, thing_id))

    def unknown(self, kind: str) -> Sequence[int]:
        """The ids of the things that have changed, of which it is not known how."""
        found = self._db.execute("SELECT id FROM todo WHERE kind = ? AND thing IS NULL ORDER BY id", (kind,))
        return [row[0] for row in found.fetchall()]

    def todo(self) -> Sequence[tuple[str, int]]:
        """What is to be done, in the order of the changes; what is gone first, so that its name is free."""
        found = self._db.execute("SELECT kind, id FROM todo WHERE thing IS NOT NULL ORDER BY length(thing) > 0, rowid")
        return found.fetchall()

    def thing(self, kind: str, thing_id: int) -> bytes:
        """What a thing that is to be done is like; empty: it is gone."""
        found = self._db.execute("SELECT thing FROM todo WHERE kind = ? AND id = ?", (kind, thing_id))
        text: bytes = found.fetchone()[0]
        return text


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def is_full(error: BaseException) -> bool:
    """Whether the disk, a quota or a limit has no room for more."""
    if isinstance(error, sqlite3.OperationalError):
        return "full" in str(error) or "disk I/O" in str(error)
    return isinstance(error, OSError) and error.errno in _FULL


def _numbers(*names: str) -> frozenset[int]:
    import errno  # noqa: PLC0415 - not every system has all of them

    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


_FULL = _numbers("ENOSPC", "EDQUOT", "EFBIG")

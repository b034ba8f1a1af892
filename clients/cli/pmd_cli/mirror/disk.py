"""The folder: writing a file so that it is whole or not there, moving and removing."""

import hashlib
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import msgspec

from .state import FOLDER

DESCRIPTION = ".json"


class _Described(msgspec.Struct):
    id: int


class Disk:
    """The files below a root. Blocks; a rename is durable after ``settle``."""

    def __init__(self, root: Path, *, bin_name: str | None) -> None:
        self.root = root
        self._bin = None if bin_name is None else root / FOLDER / "bin" / bin_name
        self._parts = root / FOLDER / "parts"
        self._renamed: set[Path] = set()

    def prepare(self) -> None:
        self._parts.mkdir(parents=True, exist_ok=True)

    def part(self, kind: str, thing_id: int) -> Path:
        """Where a file is before it has its name."""
        return self._parts / f"{kind}-{thing_id}"

    def write(self, part: Path, path: str, data: bytes) -> None:
        """Raises: OSError: nothing is left of it."""
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            part.unlink(missing_ok=True)
            raise
        self.publish(part, path)

    def publish(self, part: Path, path: str) -> None:
        """Give a part, whose bytes are on the disk, its name."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
        self._renamed.add(target.parent)

    def move(self, old: str, new: str) -> bool:
        """With its description; False if it is not there."""
        for suffix in ("", DESCRIPTION):
            source, target = self.root / f"{old}{suffix}", self.root / f"{new}{suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                source.replace(target)
            except FileNotFoundError:
                if not suffix and not target.is_file():
                    return False
            self._renamed |= {source.parent, target.parent}
        self._tidy(self.root / old)
        return True

    def remove(self, path: str) -> None:
        """Into the bin, or for good; with its description."""
        for suffix in ("", DESCRIPTION):
            file = self.root / f"{path}{suffix}"
            if not file.is_file():
                continue
            if self._bin is None:
                file.unlink()
            else:
                target = self._free(self._bin / f"{path}{suffix}")
                target.parent.mkdir(parents=True, exist_ok=True)
                file.replace(target)
            self._renamed.add(file.parent)
        self._tidy(self.root / path)

    def sha256(self, path: str) -> str | None:
        """None if it is not there."""
        try:
            with (self.root / path).open("rb", buffering=0) as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None

    def size(self, path: str) -> int | None:
        try:
            return (self.root / path).stat().st_size
        except OSError:
            return None

    def is_taken(self, path: str) -> bool:
        return os.path.lexists(self.root / path)

    def is_of(self, path: str, thing_id: int) -> bool:
        """Whether the description beside a file says that it is this thing: of a mirror whose state was lost."""
        try:
            described = msgspec.json.decode((self.root / f"{path}{DESCRIPTION}").read_bytes(), type=_Described)
        except (OSError, msgspec.DecodeError):
            return False
        return described.id == thing_id

    def settle(self) -> None:
        """Make all renames durable."""
        for folder in self._renamed:
            with suppress(FileNotFoundError):  # emptied since
                _sync(folder)
        self._renamed.clear()

    def drop_parts(self, kept: Collection[str]) -> None:
        """Remove what earlier runs have left of files that are not wanted any more."""
        for part in self._parts.iterdir():
            if part.name not in kept and not part.name.startswith(".pmd-"):
                part.unlink()

    def _tidy(self, file: Path) -> None:
        """Remove the folders that have become empty."""
        for folder in file.parents:
            if folder == self.root:
                return
            try:
                folder.rmdir()
            except OSError:
                return

    @staticmethod
    def _free(target: Path) -> Path:
        number, free = 1, target
        while os.path.lexists(free):
            number += 1
            free = target.with_name(f"{target.name}~{number}")
        return free


def _sync(folder: Path) -> None:
    if os.name != "nt":  # which cannot, and need not
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""Reading the files of a stranger's ZIP or tar: bounded in memory and time, and refused in a sentence.

Nothing is unpacked under a name of the archive's.
"""

import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import BinaryIO, Self

from ..base.deflate import crc32
from .listing import (
    DEFLATED,
    IN_TAR,
    ArchiveRefusedError,
    Entry,
    EntryDamagedError,
    base_of,
    listed_entries,
    shown,
)

# All names together, so that a million long ones do not fill the memory.
MAX_NAMES_BYTES = 128 << 20
# Of a document that is read as a whole; others are read in chunks.
MAX_DOCUMENT_BYTES = 64 << 20
# What desktops put beside a person's files when they pack a folder.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_LITTER_FOLDER = "__MACOSX/"
# What macOS adds beside each file on disks of other systems.
_LITTER_PREFIX = "._"
CHUNK_BYTES = 256 << 10

_LOCAL = struct.Struct("<4s5H3L2H")


class ArchiveReader:
    """The files of a ZIP or a tar, by name.

    Raises:
        ArchiveRefusedError: it is neither, is encrypted, or has links, names that lead elsewhere, doubled names, more
            than ``MAX_ENTRIES`` entries, or fewer bytes than it claims.
    """

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self._by_path: Mapping[str, Entry] | None = None
        self._by_base: dict[str, Entry | None] | None = None
        try:
            self._size = path.stat().st_size
            self.entries: Mapping[str, Entry] = self._read_all()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read_all(self) -> Mapping[str, Entry]:
        entries: dict[str, Entry] = {}
        folded: set[str] = set()
        packed = names = 0
        for entry in listed_entries(self._file, self._size):
            if entry is None or _is_litter(entry.name):
                continue
            packed, names = packed + entry.packed_size, names + len(entry.name)
            key = _folded(entry.name)
            if key in folded:
                raise ArchiveRefusedError(f"The archive has two files named “{shown(entry.name)}”.")
            if names > MAX_NAMES_BYTES:
                raise ArchiveRefusedError("The names in the archive are too long together.")
            if packed > self._size:
                raise ArchiveRefusedError("The archive claims more bytes than it has: its files overlap.")
            folded.add(key)
            entries[entry.name] = entry
        return entries

    def inside(self) -> "ArchiveReader | None":
        """The same archive, its files named from inside the one folder that has them all; None if none has."""
        folder, slash, _ = next(iter(self.entries), "").partition("/")
        prefix = folder + slash
        if not slash or not all(name.startswith(prefix) for name in self.entries):
            return None
        inner = copy(self)
        inner.entries = {name.removeprefix(prefix): entry for name, entry in self.entries.items()}
        return inner

    def find(self, path: str) -> Entry | None:
        """A file with bytes by its path, or else by its name, if only one has it; None if there is none.

        Neither case counts nor how accents are written: macOS writes them in two signs, a spreadsheet in one.
        """
        if (entry := self.entries.get(path)) is None:
            self._by_path = self._by_path or {_folded(name): each for name, each in self.entries.items()}
            entry = self._by_path.get(_folded(path)) or self._named(_folded(base_of(path)))
        return entry if entry is not None and entry.size else None

    def _named(self, base: str) -> Entry | None:
        if self._by_base is None:
            self._by_base = {}
            for name, each in (self._by_path or {}).items():
                found = base_of(name)
                self._by_base[found] = None if found in self._by_base else each
        return self._by_base.get(base)

    def read(self, name: str, *, most: int = MAX_DOCUMENT_BYTES) -> bytes:
        """A whole document, or b"" if there is none.

        Raises:
            ArchiveRefusedError: it has more than ``most`` bytes.
            EntryDamagedError: its bytes are not those that are listed.
        """
        entry = self.entries.get(name)
        if entry is None:
            return b""
        if entry.size > most:
            raise ArchiveRefusedError(f"“{shown(name)}” has {entry.size:,} bytes; {most:,} are possible.")
        return b"".join(self.chunks(entry))

    def lines(self, name: str, *, longest: int) -> Iterator[bytes]:
        """The lines of a document; none if it is not there.

        Raises:
            EntryDamagedError: its bytes are not those that are listed, or a line has more than ``longest`` bytes.
        """
        entry = self.entries.get(name)
        rest = b""
        for chunk in () if entry is None else self.chunks(entry):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > longest:
                raise EntryDamagedError(f"“{shown(name)}” has a line that is too long.")
            yield from (line for line in lines if line)
        if rest:
            yield rest

    def head(self, entry: Entry, size: int) -> bytes:
        """Its first bytes, of which none are checked."""
        return next(_unpacked(self._file, entry, chunk_bytes=size), b"")[:size]

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """See ``entry_chunks``."""
        return entry_chunks(self._file, entry)


def _is_litter(name: str) -> bool:
    base = base_of(name)
    return name.startswith(_LITTER_FOLDER) or base in _LITTER or base.startswith(_LITTER_PREFIX)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def entry_chunks(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """An entry's bytes; the last chunk comes only if all are as listed.

    Raises:
        EntryDamagedError: its size or its CRC-32 is another one.
    """
    found = size = 0
    held = b""
    for chunk in _unpacked(file, entry):
        size, found = size + len(chunk), crc32(chunk, found)
        if size > entry.size:
            break
        if held:
            yield held
        held = chunk
    if size != entry.size or (entry.method != IN_TAR and found != entry.crc32):
        raise EntryDamagedError(f"“{shown(entry.name)}” is damaged: its bytes are not those that are listed.")
    if held:
        yield held


def _unpacked(file: BinaryIO, entry: Entry, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    at, left = _bytes_at(file, entry), entry.packed_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
    while left:
        file.seek(at)
        packed = file.read(min(left, chunk_bytes))
        if not packed:
            return
        at, left = at + len(packed), left - len(packed)
        yield from _inflated(inflate, packed) if inflate else [packed]


def _bytes_at(file: BinaryIO, entry: Entry) -> int:
    if entry.method == IN_TAR:
        return entry.offset
    file.seek(entry.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise EntryDamagedError(f"“{shown(entry.name)}” is not where the archive lists it.")
    name_length, extra_length = _LOCAL.unpack(header)[9:11]
    return entry.offset + _LOCAL.size + int(name_length) + int(extra_length)


def _inflated(inflate: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    """In pieces of bounded size; nothing for damaged bytes, which the caller's count finds."""
    try:
        # All input may have been taken while some output is still to come.
        while not inflate.eof and (piece := inflate.decompress(packed, CHUNK_BYTES)):
            yield piece
            packed = inflate.unconsumed_tail
    except zlib.error:
        return

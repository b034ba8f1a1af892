"""Reading a stranger's ZIP (APPNOTE 6.3.10) or tar: bounded in memory and time, and refused in a sentence.

The central directory is read entry by entry: ``zipfile`` keeps a kilobyte of each. Nothing is unpacked under a name of
the archive's.
"""

import stat
import struct
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, Self

import msgspec
from msgspec import Meta

from ..base.deflate import crc32

MAX_ENTRIES = 1_000_000
MAX_NAME_BYTES = 1024
# All names together, so that a million long ones do not fill the memory.
MAX_NAMES_BYTES = 128 << 20
# No entry of pictures, sounds or texts is compressed to less than this; deflate's own limit is 1,032.
MAX_RATIO = 1030
# Of a document that is read as a whole; others are read in chunks.
MAX_DOCUMENT_BYTES = 64 << 20
# What desktops put beside a person's files when they pack a folder.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_LITTER_FOLDER = "__MACOSX/"
CHUNK_BYTES = 256 << 10

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_EXTRA = struct.Struct("<HH")
# The last one is our own: bytes in a tar, at their offset, without a checksum.
_STORED: Literal[0] = 0
_DEFLATED: Literal[8] = 8
_IN_TAR: Literal[-1] = -1
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
_IS_ENCRYPTED, _IS_UTF8 = 0x0001, 0x0800
_ALL_32 = 0xFFFFFFFF


class ArchiveRefusedError(Exception):
    """The archive is not imported; the message tells its owner why."""


class EntryDamagedError(Exception):
    """One entry's bytes are not as the archive lists them; the message tells why."""


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file of the archive; sizes in bytes."""

    name: str
    size: Annotated[int, Meta(ge=0)]
    packed_size: Annotated[int, Meta(ge=0)]
    crc32: int
    method: Literal[0, 8, -1]
    offset: Annotated[int, Meta(ge=0)]


class ArchiveReader:
    """The files of a ZIP or a tar, by name.

    Raises:
        ArchiveRefusedError: it is neither, is encrypted, or has links, names that lead elsewhere, doubled names, more
            than ``MAX_ENTRIES`` entries, or fewer bytes than it claims.
    """

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
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
        for entry in self._tar_members() if self._is_tar() else self._central_directory():
            if entry is None or entry.name.startswith(_LITTER_FOLDER) or base_of(entry.name) in _LITTER:
                continue
            packed, names = packed + entry.packed_size, names + len(entry.name)
            key = unicodedata.normalize("NFC", entry.name).casefold()
            if key in folded:
                raise ArchiveRefusedError(f"The archive has two files named “{shown(entry.name)}”.")
            if names > MAX_NAMES_BYTES:
                raise ArchiveRefusedError("The names in the archive are too long together.")
            if packed > self._size:
                raise ArchiveRefusedError("The archive claims more bytes than it has: its files overlap.")
            folded.add(key)
            entries[entry.name] = entry
        return entries

    def _is_tar(self) -> bool:
        self._file.seek(_TAR_MAGIC_AT)
        return self._file.read(len(_TAR_MAGIC)) == _TAR_MAGIC

    def _tar_members(self) -> Iterator[Entry | None]:
        """The members in order; None for folders."""
        self._file.seek(0)
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as tar:
                for number, member in enumerate(tar):
                    tar.members = []  # type: ignore[attr-defined]  # it would keep a kilobyte of each
                    if number >= MAX_ENTRIES:
                        raise ArchiveRefusedError(f"The archive has more than {MAX_ENTRIES:,} entries.")
                    yield None if member.isdir() else _tar_entry(member)
        except (tarfile.TarError, EOFError, UnicodeError, ValueError) as error:
            raise ArchiveRefusedError("The archive is damaged or cut off.") from error

    def _central_directory(self) -> Iterator[Entry | None]:
        """The entries in order; None for folders."""
        count, size, start = self._find_directory()
        if count > MAX_ENTRIES:
            raise ArchiveRefusedError(f"The archive has {count:,} entries; {MAX_ENTRIES:,} are possible.")
        if start + size > self._size:
            raise ArchiveRefusedError("The archive is cut off: its list of files is not where it should be.")
        at = start
        for _ in range(count):
            self._file.seek(at)
            fixed = self._file.read(_CENTRAL.size)
            if len(fixed) < _CENTRAL.size or not fixed.startswith(b"PK\x01\x02"):
                raise ArchiveRefusedError("The archive's list of files is damaged.")
            values = _CENTRAL.unpack(fixed)
            name_length, extra_length, comment_length = values[10:13]
            variable = self._file.read(name_length + extra_length)
            at += _CENTRAL.size + name_length + extra_length + comment_length
            if at > start + size or len(variable) < name_length + extra_length:
                raise ArchiveRefusedError("The archive's list of files is damaged.")
            yield _entry(values, variable[:name_length], variable[name_length:])

    def _find_directory(self) -> tuple[int, int, int]:
        """The number of entries, and the directory's size and position."""
        tail_size = min(self._size, _END.size + 0xFFFF)
        self._file.seek(self._size - tail_size)
        tail = self._file.read(tail_size)
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < _END.size:
            raise ArchiveRefusedError("This is not a ZIP file, or it is cut off.")
        _, disk, _, _, count, size, start, _ = _END.unpack_from(tail, at)
        if disk not in (0, 0xFFFF):
            raise ArchiveRefusedError("The archive is one of several parts: join them first.")
        if count != 0xFFFF and _ALL_32 not in (size, start):
            return count, size, start
        locator_at = self._size - tail_size + at - _END64_LOCATOR.size
        if locator_at < 0:
            return count, size, start
        self._file.seek(locator_at)
        magic, _, end64_at, _ = _END64_LOCATOR.unpack(self._file.read(_END64_LOCATOR.size))
        if magic != b"PK\x06\x07":
            return count, size, start
        self._file.seek(end64_at)
        end64 = self._file.read(_END64.size)
        if len(end64) < _END64.size or not end64.startswith(b"PK\x06\x06"):
            raise ArchiveRefusedError("The archive's list of files is damaged.")
        *_, count, size, start = _END64.unpack(end64)
        return count, size, start

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
        """A file with bytes by its path, or else by its name, if only one has it; None if there is none."""
        if self._by_base is None:
            self._by_base = {}
            for name, each in self.entries.items():
                base = base_of(name)
                self._by_base[base] = None if base in self._by_base else each
        entry = self.entries.get(path) or self._by_base.get(base_of(path))
        return entry if entry is not None and entry.size else None

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
    if size != entry.size or (entry.method != _IN_TAR and found != entry.crc32):
        raise EntryDamagedError(f"“{shown(entry.name)}” is damaged: its bytes are not those that are listed.")
    if held:
        yield held


def _unpacked(file: BinaryIO, entry: Entry, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    at, left = _bytes_at(file, entry), entry.packed_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == _DEFLATED else None
    while left:
        file.seek(at)
        packed = file.read(min(left, chunk_bytes))
        if not packed:
            return
        at, left = at + len(packed), left - len(packed)
        yield from _inflated(inflate, packed) if inflate else [packed]


def _bytes_at(file: BinaryIO, entry: Entry) -> int:
    if entry.method == _IN_TAR:
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


def _entry(values: tuple[int, ...], raw_name: bytes, extra: bytes) -> Entry | None:
    """The entry of a directory's record; None for a folder."""
    made_by, flags, method = values[1] >> 8, values[3], values[4]
    crc, packed_size, size = values[7:10]
    attributes, offset = values[15], values[16]
    name = raw_name.decode("utf-8" if flags & _IS_UTF8 else "cp437", errors="replace")
    if flags & _IS_ENCRYPTED:
        raise ArchiveRefusedError("The archive is encrypted: unpack it and pack it without a password.")
    _check_name(name, len(raw_name))
    if made_by == 3 and stat.S_IFMT(attributes >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveRefusedError(f"“{shown(name)}” is a link or a device, not a file.")
    if name.endswith("/"):
        return None
    if method not in (_STORED, _DEFLATED):
        raise ArchiveRefusedError(f"“{shown(name)}” is compressed in a way that is not read here: use “deflate”.")
    size, packed_size, offset = _sizes_of(extra, size, packed_size, offset)
    if size > MAX_RATIO * (packed_size + 100) or (method == _STORED and size != packed_size):
        raise ArchiveRefusedError(f"“{shown(name)}” claims a size that its bytes cannot have.")
    return Entry(name, size, packed_size, crc, 8 if method == _DEFLATED else 0, offset)


def _tar_entry(member: tarfile.TarInfo) -> Entry:
    name = member.name.removeprefix("./")
    _check_name(name, len(name))
    if not member.isreg() or member.issparse():
        raise ArchiveRefusedError(f"“{shown(name)}” is a link or a device, not a file.")
    return Entry(name, member.size, member.size, 0, _IN_TAR, member.offset_data)


def _sizes_of(extra: bytes, size: int, packed_size: int, offset: int) -> tuple[int, int, int]:
    """The ZIP64 extra field has the values that do not fit, in this order."""
    values, at = [size, packed_size, offset], 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == 1:
            field = extra[at : at + length]
            large = [place for place, value in enumerate(values) if value == _ALL_32]
            for number, place in enumerate(large):
                eight = field[8 * number : 8 * number + 8]
                if len(eight) < 8:
                    raise ArchiveRefusedError("The archive's list of files is damaged.")
                values[place] = int.from_bytes(eight, "little")
            break
        at += length
    return values[0], values[1], values[2]


def _check_name(name: str, length: int) -> None:
    parts = name.removesuffix("/").split("/")
    is_elsewhere = ".." in parts or name.startswith("/") or "\\" in name or name[1:2] == ":"
    if is_elsewhere or "\0" in name or not all(parts):
        raise ArchiveRefusedError(f"“{shown(name)}” is a name that leads out of the archive.")
    if length > MAX_NAME_BYTES:
        raise ArchiveRefusedError(f"“{shown(name)}” is too long for a name.")


def base_of(path: str) -> str:
    return path.rpartition("/")[2]


def shown(name: str) -> str:
    """A name in a sentence."""
    printable = "".join(sign if sign.isprintable() else "�" for sign in name)
    return printable if len(printable) <= 80 else f"{printable[:79]}…"

"""The files that a stranger's ZIP (APPNOTE 6.3.10) or tar lists, each in one sentence if it cannot be taken.

A ZIP's central directory is read entry by entry: ``zipfile`` keeps a kilobyte of each.
"""

import stat
import struct
import tarfile
import unicodedata
from collections.abc import Iterator
from typing import Annotated, BinaryIO, Literal

import msgspec
from msgspec import Meta

MAX_ENTRIES = 1_000_000
MAX_NAME_BYTES = 1024
# No entry of pictures, sounds or texts is compressed to less than this; deflate's own limit is 1,032.
MAX_RATIO = 1030

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_EXTRA = struct.Struct("<HH")
# The last one is our own: bytes in a tar, at their offset, without a checksum.
STORED: Literal[0] = 0
DEFLATED: Literal[8] = 8
IN_TAR: Literal[-1] = -1
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
_IS_ENCRYPTED, _IS_UTF8 = 0x0001, 0x0800
# FAT, NTFS and VFAT: what made the archive, in its own words.
_BY_WINDOWS = frozenset({0, 10, 14})
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


def listed_entries(file: BinaryIO, file_size: int) -> Iterator[Entry | None]:
    """The files in order; None for folders.

    Raises:
        ArchiveRefusedError: it is neither a ZIP nor a tar, or has what is not taken.
    """
    file.seek(_TAR_MAGIC_AT)
    is_tar = file.read(len(_TAR_MAGIC)) == _TAR_MAGIC
    return _tar_members(file) if is_tar else _central_directory(file, file_size)


def _tar_members(file: BinaryIO) -> Iterator[Entry | None]:
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            for number, member in enumerate(tar):
                tar.members = []  # type: ignore[attr-defined]  # it would keep a kilobyte of each
                if number >= MAX_ENTRIES:
                    raise ArchiveRefusedError(f"The archive has more than {MAX_ENTRIES:,} entries.")
                yield None if member.isdir() else _tar_entry(member)
    except (tarfile.TarError, EOFError, UnicodeError, ValueError) as error:
        raise ArchiveRefusedError("The archive is damaged or cut off.") from error


def _central_directory(file: BinaryIO, file_size: int) -> Iterator[Entry | None]:
    count, size, start = _find_directory(file, file_size)
    if count > MAX_ENTRIES:
        raise ArchiveRefusedError(f"The archive has {count:,} entries; {MAX_ENTRIES:,} are possible.")
    if start + size > file_size:
        raise ArchiveRefusedError("The archive is cut off: its list of files is not where it should be.")
    at = start
    for _ in range(count):
        file.seek(at)
        fixed = file.read(_CENTRAL.size)
        if len(fixed) < _CENTRAL.size or not fixed.startswith(b"PK\x01\x02"):
            raise ArchiveRefusedError("The archive's list of files is damaged.")
        values = _CENTRAL.unpack(fixed)
        name_length, extra_length, comment_length = values[10:13]
        variable = file.read(name_length + extra_length)
        at += _CENTRAL.size + name_length + extra_length + comment_length
        if at > start + size or len(variable) < name_length + extra_length:
            raise ArchiveRefusedError("The archive's list of files is damaged.")
        yield _entry(values, variable[:name_length], variable[name_length:])


def _find_directory(file: BinaryIO, file_size: int) -> tuple[int, int, int]:
    """The number of entries, and the directory's size and position."""
    tail_size = min(file_size, _END.size + 0xFFFF)
    file.seek(file_size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise ArchiveRefusedError("This is not a ZIP file, or it is cut off.")
    _, disk, _, _, count, size, start, _ = _END.unpack_from(tail, at)
    if disk not in (0, 0xFFFF):
        raise ArchiveRefusedError("The archive is one of several parts: join them first.")
    if count != 0xFFFF and _ALL_32 not in (size, start):
        return count, size, start
    locator_at = file_size - tail_size + at - _END64_LOCATOR.size
    if locator_at < 0:
        return count, size, start
    file.seek(locator_at)
    magic, _, end64_at, _ = _END64_LOCATOR.unpack(file.read(_END64_LOCATOR.size))
    if magic != b"PK\x06\x07":
        return count, size, start
    file.seek(end64_at)
    end64 = file.read(_END64.size)
    if len(end64) < _END64.size or not end64.startswith(b"PK\x06\x06"):
        raise ArchiveRefusedError("The archive's list of files is damaged.")
    *_, count, size, start = _END64.unpack(end64)
    return count, size, start


def _entry(values: tuple[int, ...], raw_name: bytes, extra: bytes) -> Entry | None:
    """The entry of a directory's record; None for a folder."""
    made_by, flags, method = values[1] >> 8, values[3], values[4]
    crc, packed_size, size = values[7:10]
    attributes, offset = values[15], values[16]
    name = _name(raw_name, is_utf8=bool(flags & _IS_UTF8), made_by=made_by)
    if flags & _IS_ENCRYPTED:
        raise ArchiveRefusedError("The archive is encrypted: unpack it and pack it without a password.")
    _check_name(name, len(raw_name))
    if made_by == 3 and stat.S_IFMT(attributes >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveRefusedError(f"“{shown(name)}” is a link or a device, not a file.")
    if name.endswith("/"):
        return None
    if method not in (STORED, DEFLATED):
        raise ArchiveRefusedError(f"“{shown(name)}” is compressed in a way that is not read here: use “deflate”.")
    size, packed_size, offset = _sizes_of(extra, size, packed_size, offset)
    if size > MAX_RATIO * (packed_size + 100) or (method == STORED and size != packed_size):
        raise ArchiveRefusedError(f"“{shown(name)}” claims a size that its bytes cannot have.")
    return Entry(name, size, packed_size, crc, 8 if method == DEFLATED else 0, offset)


def _name(raw: bytes, *, is_utf8: bool, made_by: int) -> str:
    """In NFC. macOS says of no name that it is UTF-8, and PowerShell's archives have the separators of Windows."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = raw.decode("utf-8" if is_utf8 else "cp437", errors="replace")
    name = unicodedata.normalize("NFC", name)
    return name.replace("\\", "/") if made_by in _BY_WINDOWS else name


def _tar_entry(member: tarfile.TarInfo) -> Entry:
    name = unicodedata.normalize("NFC", member.name.removeprefix("./"))
    _check_name(name, len(name))
    if not member.isreg() or member.issparse():
        raise ArchiveRefusedError(f"“{shown(name)}” is a link or a device, not a file.")
    return Entry(name, member.size, member.size, 0, IN_TAR, member.offset_data)


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

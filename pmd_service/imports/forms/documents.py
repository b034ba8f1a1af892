"""Documents of an archive; whatever is wrong with them is one error."""

from typing import TypeVar

import msgspec

from ..archive import ArchiveReader
from ..listing import ArchiveRefusedError, Entry, EntryDamagedError

# Of all posts of an account: 8 kilobytes each on some sites.
MAX_OUTBOX_BYTES = 192 << 20
MAX_SIDE_FILE_BYTES = 4 << 20
_BOM = b"\xef\xbb\xbf"
T = TypeVar("T")


class UnreadableError(Exception):
    """A document is damaged, too large, or not as its site writes it."""


def decoded(data: bytes | msgspec.Raw, form: type[T]) -> T:
    """Raises: UnreadableError."""
    try:
        return msgspec.json.decode(data, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(str(error)) from error


def read_outbox(archive: ArchiveReader, name: str, form: type[T], *, site: str) -> T:
    """Raises: ArchiveRefusedError: it is not as the site writes it."""
    try:
        return decoded(archive.read(name, most=MAX_OUTBOX_BYTES).removeprefix(_BOM), form)
    except (UnreadableError, EntryDamagedError) as error:
        raise ArchiveRefusedError(f"“{name}” is not as {site} writes it.") from error


def side_file(archive: ArchiveReader, entry: Entry, *, most: int = MAX_SIDE_FILE_BYTES) -> bytes:
    """Raises: UnreadableError."""
    if entry.size > most:
        raise UnreadableError("it is too large")
    try:
        return b"".join(archive.chunks(entry)).removeprefix(_BOM)
    except EntryDamagedError as error:
        raise UnreadableError(str(error)) from error


def decoded_text(data: bytes) -> str:
    """A text as UTF-8 or UTF-16 with a byte order mark, UTF-8, or else Windows-1252; its lines end with “\\n”."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")

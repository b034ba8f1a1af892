"""Detecting a file's type by signatures in its first and last kilobytes. Nothing is decoded."""

import re
from pathlib import Path

from ..locales import translatable
from .formats import Ends, Format, format_of
from .messages import RefusalError

HEAD_BYTES = 4096
# A ZIP's directory ends the file, with a comment of up to 64 KiB behind it.
TAIL_BYTES = 65_536 + 22

# What a browser would take for a page or script, anywhere in the bytes that browsers sniff. A tag's name must end: the
# four bytes of “<svg” alone occur by chance in one of 400,000 pictures.
_ACTIVE = re.compile(rb"<(?:html|script|!doctype html|svg|\?php|iframe)[\s/>:]|%pdf-", re.I)
_SNIFFED_BYTES = 1445
_BLANK = b"\xef\xbb\xbf \t\r\n"
_ZIP, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_REFUSED_STARTS = (
    ((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa"), "a program"),
    ((b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"(\xb5/\xfd"), "an archive"),
    ((b"%PDF",), "a PDF document"),
)


def content_of(path: Path, name: str = "") -> Format:
    """Detect the file's type.

    Args:
        name: the owner's, for the one format without a signature (TGA).

    Raises:
        RefusalError: the type is not accepted, or the file is of two types at once.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read(TAIL_BYTES)
    if not head:
        raise RefusalError("empty", "This file is empty.")
    content = format_of(Ends(head, tail, (name or path.name).rpartition(".")[2].lower()))
    is_drawing = content is not None and content.file_format == "svg"
    if not is_drawing and (content is not None or head.lstrip(_BLANK).startswith(b"<")):
        _refuse_active(head)
    if content is None:
        raise RefusalError("not_media", f"This is {_name_of(head)}, not an image, sound or video that is supported.")
    if not head.startswith(_ZIP) and _is_zip_too(tail):
        raise RefusalError("polyglot", f"This is a {content.file_format.upper()} file and an archive at the same time.")
    return content


def _refuse_active(head: bytes) -> None:
    if _ACTIVE.search(head, 0, _SNIFFED_BYTES) is not None:
        raise RefusalError("active_content", "This file holds a web page, a script or a document.")


def _is_zip_too(tail: bytes) -> bool:
    """Whether the file ends with a ZIP directory: unzip reads from the end, image decoders from the start."""
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < 22:
        return False
    # The four bytes alone occur by chance in one of 65,000 files: the directory must precede them.
    directory = at - int.from_bytes(tail[at + 12 : at + 16], "little")
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    return tail[directory : directory + 4] == b"PK\x01\x02" if directory >= 0 else at + 22 + comment == len(tail)


def _name_of(head: bytes) -> str:
    for starts, name in _REFUSED_STARTS:
        if head.startswith(starts):
            return name
    import puremagic  # noqa: PLC0415  its table of signatures is only read for what is refused

    try:
        extension = puremagic.from_string(head).lstrip(".")
    except puremagic.PureError:
        extension = ""
    return translatable(f"a “{extension}” file") if extension else translatable("an unknown kind of file")

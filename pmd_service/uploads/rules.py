"""Rules for files: paths, sizes and kinds; the reasons for refusals; and the plan for a set of files.

A path is kept for its owner only: the vault never uses it as a name. Both kinds of slash separate its components;
control, direction and invisible characters become ``_``, so that a path cannot be displayed as something else.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID, uuid4

import msgspec

from ..assets.asset import Known
from ..assets.types import AssetType
from ..media.caps import BYTES
from ..media.companions import PAGE, PAGES, PROGRAM, PROGRAMS, ending_of
from ..media.formats import FORMATS
from .paths import normalized_path
from .shapes import AnnouncedFile, Checked, TusFields

MAX_NAME = 255
MAX_PATH = 1024
MAX_LEVELS = 16
# Characters of a refused path, from its end, that are returned: an announced path may have a mebibyte.
MAX_REPORTED_PATH = 4096

# By the extension: the type that limits a file's size. The content decides later what it is.
_SHOWN = [each for each in FORMATS.values() if not each.for_work]
EXTENSIONS: dict[str, AssetType] = {ending: each.type for each in _SHOWN for ending in each.endings}
# If two formats share an extension, it is that of the format of the same name; “weba” is WebM with sound only.
EXTENSIONS |= {each.file_format: each.type for each in _SHOWN} | {"weba": "audio"}
MAX_FILE_BYTES = max(BYTES.values())


class Reason(msgspec.Struct, frozen=True):
    """Why a file was not added; ``next_step`` is what its owner can do."""

    message: str
    next_step: str


_SEND_AGAIN = "Choose the file and send it again."
_PACK = "Leave it out, or put it into a ZIP archive, which is kept as it is."

REASONS = {
    "bad_name": Reason("This name is empty or points outside its folder.", "Rename the file."),
    "path_too_long": Reason(
        "This path is too long: a name has at most 255 characters, a path 1,024.", "Shorten the names."
    ),
    "path_too_deep": Reason("This file is more than 16 folders deep.", "Upload an inner folder."),
    PROGRAM[0]: Reason(PROGRAM[1], _PACK),
    PAGE[0]: Reason(PAGE[1], _PACK),
    "empty_file": Reason("This file is empty.", "Check that the original is complete."),
    "image_too_large": Reason("An image has at most 64 MiB.", "Save it smaller."),
    "audio_too_large": Reason("An audio file has at most 256 MiB.", "Save it compressed, as FLAC or OGG."),
    "video_too_large": Reason("A video has at most 2 GiB.", "Save it shorter or compressed."),
    "other_too_large": Reason("A file has at most 2 GiB.", "Split it into parts."),
    "not_sent": Reason("This file was announced and did not arrive in time.", _SEND_AGAIN),
    "stopped": Reason("Stopped before this file was in.", _SEND_AGAIN),
    "hash_mismatch": Reason("The file has changed since it was announced.", _SEND_AGAIN),
    "lost_bytes": Reason("The received file has been lost by the server's storage.", _SEND_AGAIN),
    "hidden_file": Reason("Hidden, or written by the operating system.", "Nothing to do."),
    "unfinished_file": Reason("A program has not finished writing it.", "Send it when it is complete."),
    "probe_failed": Reason("This file could not be processed because of a server error.", "Try again later."),
}
# The next steps after refusals by the probe, which has messages of its own.
_NEXT_STEPS = {
    "empty": "Check that the original is complete.",
    "not_media": "Check that the original can be opened, and rename it if it is of another type.",
    "polyglot": "Save it again with an image editor.",
    "too_large": "Save it smaller.",
}


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be admitted, and its line's id.

    Args:
        is_here: whether its bytes have been received already.
        crc32: of its bytes, if they have been read; then ``file.sha256`` is computed from them, too.
    """

    file: AnnouncedFile
    id: UUID = msgspec.field(default_factory=uuid4)
    is_here: bool = False
    crc32: int | None = None
    tus: TusFields = TusFields()


class Planned(Offered, frozen=True, kw_only=True):
    """A file with its verdict, and the line with the same bytes that it follows, if any."""

    checked: Checked
    follows: UUID | None = None

    @property
    def is_needed(self) -> bool:
        """Whether its bytes are needed and reserve room."""
        return self.checked.verdict == "new" and self.follows is None

    @property
    def name(self) -> str:
        """The path's last component, truncated if it is refused for its length."""
        return self.checked.path.rpartition("/")[2][-MAX_NAME:] or "_"


def plan_lines(
    offered: Sequence[Offered], known: Mapping[str, Known], awaited: Mapping[str, UUID] = MappingProxyType({})
) -> list[Planned]:
    """The lines in order. Of new files with the same hash the first is sent, and the others follow it.

    Args:
        awaited: lines of earlier pages whose bytes are expected, by hash.
    """
    plan: list[Planned] = []
    leaders: dict[str, UUID] = dict(awaited)
    for each in offered:
        # A part of a file may be empty and has no type.
        checked = Checked(path=each.file.path, verdict="new") if each.tus.is_part else judge(each.file, known)
        leader = (
            leaders.setdefault(each.file.sha256, each.id) if checked.verdict == "new" and each.file.sha256 else each.id
        )
        follows = leader if leader != each.id else None
        plan.append(Planned(**msgspec.structs.asdict(each), checked=checked, follows=follows))
    return plan


def judge(file: AnnouncedFile, known: Mapping[str, Known]) -> Checked:
    """The verdict on a file, by its path, size and declared hash."""
    try:
        if file.left_out is not None:
            raise _RefusedError(f"{file.left_out}_file")
        path = _checked_path(file.path)
        _check_kind(ending_of(path.rpartition("/")[2]), file.size_bytes)
    except _RefusedError as refused:
        code = str(refused)
        path = normalized_path(file.path[-MAX_REPORTED_PATH:])
        return Checked(path=path, verdict="refused", code=code, message=REASONS[code].message)
    asset = known.get(file.sha256 or "")
    if asset is None:
        return Checked(path=path, verdict="new")
    return Checked(path=path, verdict="in_trash" if asset.is_in_trash else "already_there", asset_id=asset.asset_id)


class _RefusedError(Exception):
    """The file would be refused, so it need not be sent; its argument is the code, a key of ``REASONS``."""


def _checked_path(path: str) -> str:
    """The normalized relative path, with ``/``.

    Raises:
        _RefusedError: it is too long or too deep, or points outside its folder.
    """
    if len(path) > MAX_PATH:
        raise _RefusedError("path_too_long")
    levels = normalized_path(path).split("/")
    if any(level.strip(" .") == "" for level in levels):
        raise _RefusedError("bad_name")
    if len(levels) > MAX_LEVELS:
        raise _RefusedError("path_too_deep")
    if any(len(level) > MAX_NAME for level in levels) or sum(map(len, levels)) > MAX_PATH:
        raise _RefusedError("path_too_long")
    return "/".join(levels)


def _check_kind(extension: str, size: int) -> None:
    """Check extension and size before a byte is sent; the content is checked later.

    Raises:
        _RefusedError: it would be refused.
    """
    if size == 0:
        raise _RefusedError("empty_file")
    if extension in PROGRAMS:
        raise _RefusedError(PROGRAM[0])
    if extension in PAGES:
        raise _RefusedError(PAGE[0])
    kind = _kind_of(extension)
    if size > BYTES[kind]:
        raise _RefusedError(f"{kind}_too_large")


def _kind_of(extension: str) -> AssetType:
    return EXTENSIONS.get(extension, "other")


def max_bytes(path: str) -> int:
    """The maximum size of a file with this path."""
    return BYTES[_kind_of(ending_of(path.rpartition("/")[2]))]


def next_step(code: str | None) -> str:
    """What the owner can do about a failed file; empty without a code."""
    if code is None:
        return ""
    if code in REASONS:
        return REASONS[code].next_step
    return _NEXT_STEPS.get(code, "Check that the original can be opened, and save it again.")

"""What may come in: names, sizes and kinds; what is said of each file that does not, and what becomes of a set of them.

A path is the owner's own: it is kept for them, and no file of ours is ever called by it. Both slashes part its
components; control, direction and invisible characters become ``_``, so that what is read is what is there.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID, uuid4

import msgspec

from ..assets.asset import Known
from ..media.caps import BYTES
from ..media.companions import PAGE, PAGES, PROGRAM, PROGRAMS, ending_of
from ..media.content import CONTENTS, MediaType
from ..push.paths import normalized_path
from .shapes import AnnouncedFile, Checked, TusFields

MAX_NAME = 255
MAX_PATH = 1024
MAX_LEVELS = 16
# Of a path that is refused, so much is told, from its end: an announcement has room for a mebibyte of it.
MAX_TOLD_PATH = 4096

# What a file truly is, its content says later; its name says what it may weigh.
_SHOWN = [each for each in CONTENTS.values() if not each.for_work]
EXTENSIONS: dict[str, MediaType] = {ending: each.type for each in _SHOWN for ending in each.endings}
# Of a name that two formats have, it is the one that is called so; “weba” is WebM with nothing but sound.
EXTENSIONS |= {each.file_format: each.type for each in _SHOWN} | {"weba": "audio"}
MAX_FILE_BYTES = max(BYTES.values())


class Reason(msgspec.Struct, frozen=True):
    """Why a file did not get in; ``next_step`` is what its owner can do."""

    message: str
    next_step: str


_SEND_AGAIN = "Choose the file again and try it once more."
_PACK = "Leave it out, or put it into a ZIP archive, which is kept as it is."

REASONS = {
    "bad_name": Reason("This name is empty or leads out of its folder.", "Rename the file."),
    "path_too_long": Reason(
        "This path is too long: a name has at most 255 characters, a path 1,024.", "Shorten the names."
    ),
    "path_too_deep": Reason("This file lies more than 16 folders deep.", "Upload an inner folder."),
    PROGRAM[0]: Reason(PROGRAM[1], _PACK),
    PAGE[0]: Reason(PAGE[1], f"Export it as PNG. {_PACK}"),
    "empty_file": Reason("This file is empty.", "See whether the original is whole."),
    "image_too_large": Reason("An image has at most 64 MiB.", "Save it smaller."),
    "audio_too_large": Reason("A sound has at most 256 MiB.", "Save it compressed, as FLAC or OGG."),
    "video_too_large": Reason("A video has at most 2 GiB.", "Save it shorter or compressed."),
    "other_too_large": Reason("A file has at most 2 GiB.", "Save it in parts."),
    "not_sent": Reason("This file was announced and did not arrive in time.", _SEND_AGAIN),
    "stopped": Reason("Stopped before this file was in.", _SEND_AGAIN),
    "hash_mismatch": Reason("What arrived is not what was announced: the file has changed meanwhile.", _SEND_AGAIN),
    "lost_bytes": Reason("What had arrived of this file is gone from the store.", _SEND_AGAIN),
    "look_failed": Reason("This file could not be looked at, for reasons of ours.", "Try it again later."),
}
# What a look says is a sentence of its own; these are the steps after it.
_NEXT_STEPS = {
    "empty": "See whether the original is whole.",
    "svg": "Export it as PNG.",
    "not_media": "See whether the original can be opened, and rename it if it is something else.",
    "polyglot": "Save it anew with an image editor.",
    "too_large": "Save it smaller.",
}


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A file that wants to come in, and its line's id.

    Args:
        is_here: its bytes are, before the line is.
        crc32: theirs, where they have been read; then the file's hash is theirs as well.
    """

    file: AnnouncedFile
    id: UUID = msgspec.field(default_factory=uuid4)
    is_here: bool = False
    crc32: int | None = None
    tus: TusFields = TusFields()


class Planned(Offered, frozen=True, kw_only=True):
    """What becomes of it, and the line that it follows."""

    checked: Checked
    follows: UUID | None = None

    @property
    def is_needed(self) -> bool:
        """Whether its bytes are to come in, and take room."""
        return self.checked.verdict == "new" and self.follows is None

    @property
    def name(self) -> str:
        """What the line is called: the path's last component, cut where it is refused for its length."""
        return self.checked.path.rpartition("/")[2][-MAX_NAME:] or "_"


def plan_lines(
    offered: Sequence[Offered], known: Mapping[str, Known], awaited: Mapping[str, UUID] = MappingProxyType({})
) -> list[Planned]:
    """The lines in their order; of new ones with the same hash the first is sent, and the others follow it.

    Args:
        awaited: lines of earlier pages whose bytes are on their way, by hash.
    """
    plan: list[Planned] = []
    leaders: dict[str, UUID] = dict(awaited)
    for each in offered:
        # A part of a file may be empty, and is of no kind.
        checked = Checked(path=each.file.path, verdict="new") if each.tus.is_part else judge(each.file, known)
        leader = leaders.setdefault(each.file.hash, each.id) if checked.verdict == "new" and each.file.hash else each.id
        follows = leader if leader != each.id else None
        plan.append(Planned(**msgspec.structs.asdict(each), checked=checked, follows=follows))
    return plan


def judge(file: AnnouncedFile, known: Mapping[str, Known]) -> Checked:
    """What would become of this file, by its name, its size and the hash that is claimed."""
    try:
        path = _checked_path(file.path)
        _check_kind(ending_of(path.rpartition("/")[2]), file.size)
    except _RefusedError as refused:
        code = str(refused)
        path = normalized_path(file.path[-MAX_TOLD_PATH:])
        return Checked(path=path, verdict="refused", code=code, message=REASONS[code].message)
    asset = known.get(file.hash or "")
    if asset is None:
        return Checked(path=path, verdict="new")
    return Checked(path=path, verdict="in_trash" if asset.is_in_trash else "already_there", asset_id=asset.asset_id)


class _RefusedError(Exception):
    """A file that need not be sent, for it would not get in; by its code, a key of ``REASONS``."""


def _checked_path(path: str) -> str:
    """The relative path as it is kept, its parts joined by ``/``.

    Raises:
        _RefusedError: it is too long or too deep, or leads out of its folder.
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
    """What name and size tell before a byte is sent; the content decides later what it is.

    Raises:
        _RefusedError: it would not get in.
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


def _kind_of(extension: str) -> MediaType:
    return EXTENSIONS.get(extension, "other")


def most_bytes(path: str) -> int:
    """How long a file of this name may be."""
    return BYTES[_kind_of(ending_of(path.rpartition("/")[2]))]


def next_step(code: str | None) -> str:
    """What the owner can do about a file that failed; empty where it did not."""
    if code is None:
        return ""
    if code in REASONS:
        return REASONS[code].next_step
    return _NEXT_STEPS.get(code, "See whether the original can be opened, and save it anew.")

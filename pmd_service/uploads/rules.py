"""What may come in, and what is said of each file that does not: a code, a sentence, and what to do next."""

import msgspec

from ..media.caps import BYTES
from ..media.content import MediaType

# What a file truly is, its content says later; its name says what it may weigh.
_IMAGES = ("png", "apng", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "tif", "tiff", "webp")
_AUDIO = ("wav", "wave", "mp3", "flac", "ogg", "oga", "opus", "m4a", "m4b", "aac", "adts", "weba")
_VIDEO = ("mp4", "m4v", "mov", "qt", "avi", "mkv", "mka", "webm", "flv")
EXTENSIONS: dict[str, MediaType] = {
    **dict.fromkeys(_IMAGES, "image"),
    **dict.fromkeys(_AUDIO, "audio"),
    **dict.fromkeys(_VIDEO, "video"),
}
MAX_FILE_BYTES = max(BYTES.values())


class Reason(msgspec.Struct, frozen=True):
    """Why a file did not get in; ``next_step`` is what its owner can do."""

    message: str
    next_step: str


_SEND_AGAIN = "Choose the file again and try it once more."
_CONVERT = "Save it in another format (PNG, JPEG, GIF, WebP, WAV, MP3, FLAC, OGG, MP4, WebM) and upload that."

REASONS = {
    "bad_name": Reason("This name is empty or leads out of its folder.", "Rename the file."),
    "path_too_long": Reason(
        "This path is too long: a name has at most 255 characters, a path 1,024.", "Shorten the names."
    ),
    "path_too_deep": Reason("This file lies more than 16 folders deep.", "Upload an inner folder."),
    "unsupported_type": Reason("Files of this kind are not taken: only images, sound and video.", _CONVERT),
    "empty_file": Reason("This file is empty.", "See whether the original is whole."),
    "image_too_large": Reason("An image has at most 64 MiB.", "Save it smaller."),
    "audio_too_large": Reason("A sound has at most 256 MiB.", "Save it compressed, as FLAC or OGG."),
    "video_too_large": Reason("A video has at most 2 GiB.", "Save it shorter or compressed."),
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
    "not_media": _CONVERT,
    "active_content": _CONVERT,
    "polyglot": "Save it anew with an image editor.",
    "too_large": "Save it smaller.",
}


class RefusedError(Exception):
    """A file that need not be sent, for it would not get in; the code is a key of ``REASONS``."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code].message)
        self.code = code


def check_kind(extension: str, size: int) -> None:
    """What name and size tell before a byte is sent. Without an extension, the content alone will decide.

    Raises:
        RefusedError: it would not get in.
    """
    if size == 0:
        raise RefusedError("empty_file")
    if extension and extension not in EXTENSIONS:
        raise RefusedError("unsupported_type")
    kind = EXTENSIONS.get(extension, "video")
    if size > BYTES[kind]:
        raise RefusedError(f"{kind}_too_large")


def next_step(code: str | None) -> str:
    """What the owner can do about a file that failed; empty where it did not."""
    if code is None:
        return ""
    if code in REASONS:
        return REASONS[code].next_step
    return _NEXT_STEPS.get(code, "See whether the original can be opened, and save it anew.")

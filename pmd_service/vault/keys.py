"""Keys: what an object's name may be, and which of them an artwork's address can mean."""

import os
import re

ARTWORK_PREFIX = "/vault/"
MAX_KEY_BYTES = 500  # what ``batch_download_requests.file_path`` holds

INCOMING = "incoming"
# What the service keeps for itself is nobody's artwork, although it lies in the vault.
_NOT_ARTWORKS = frozenset({"bdr", "packs", "takeouts", INCOMING})

# No segment begins with a dot: neither “..” nor what file systems hide is an object.
_SEGMENT = r"(?!\.)[^/\\\x00-\x1f\x7f]+"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})+")
_PART = re.compile(r"(?P<key>.+)\.[0-9a-f]{8}\.part")


def checked_key(key: str) -> str:
    """The key itself.

    Raises:
        ValueError: it could be read as a path that leads elsewhere, or is none that we have given.
    """
    if len(key) > MAX_KEY_BYTES or not _KEY.fullmatch(key) or len(os.fsencode(key)) > MAX_KEY_BYTES:
        raise ValueError(f"not a key of the vault: {key[:MAX_KEY_BYTES]!r}")
    return key


def artwork_key(art_url: str, prefixes: tuple[str, ...]) -> str | None:
    """The key that an artwork's address means; None when it means nothing in the vault.

    ``..`` and the like are left to the vault: what they mean is its own business.
    """
    for prefix in prefixes:
        if art_url.startswith(prefix):
            return art_url.removeprefix(prefix).lstrip("/")
    return None


def is_artwork(key: str) -> bool:
    """Whether a key, free of ``..``, lies where artworks lie."""
    return key.partition("/")[0] not in _NOT_ARTWORKS and not key.startswith(".")


def part_name(name: str, token: str) -> str:
    """What an object's file is called while it is written; the token is eight hexadecimal digits."""
    return f"{name}.{token}.part"


def is_part(name: str, *, of: str | None = None) -> bool:
    """Whether a file of this name is an unfinished one, of any or of this object."""
    match = _PART.fullmatch(name)
    return match is not None and (of is None or match["key"] == of)

"""Keys of objects, and which of them an artwork's address may denote."""

import os
import re

ARTWORK_PREFIX = "/vault/"
MAX_KEY_BYTES = 500  # what ``batch_download_requests.file_path`` holds

INCOMING = "incoming"
# The service's own areas of the vault contain no artworks.
_NOT_ARTWORKS = frozenset({"bdr", "packs", "takeouts", INCOMING})

# No segment begins with a dot: neither “..” nor hidden files are objects.
_SEGMENT = r"(?!\.)[^/\\\x00-\x1f\x7f]+"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})+")
_PART = re.compile(r"(?P<key>.+)\.[0-9a-f]{8}\.part")


def checked_key(key: str) -> str:
    """The key itself.

    Raises:
        ValueError: it is not a valid key, and could be a path that leads elsewhere.
    """
    if len(key) > MAX_KEY_BYTES or not _KEY.fullmatch(key) or len(os.fsencode(key)) > MAX_KEY_BYTES:
        raise ValueError(f"not a key of the vault: {key[:MAX_KEY_BYTES]!r}")
    return key


def artwork_key(art_url: str, prefixes: tuple[str, ...]) -> str | None:
    """The key that an artwork's address denotes; None if it is not in the vault.

    It may contain ``..`` and the like, which the vault resolves.
    """
    for prefix in prefixes:
        if art_url.startswith(prefix):
            return art_url.removeprefix(prefix).lstrip("/")
    return None


def is_artwork(key: str) -> bool:
    """Whether a key without ``..`` is in an area of artworks."""
    return key.partition("/")[0] not in _NOT_ARTWORKS and not key.startswith(".")


def part_name(name: str, token: str) -> str:
    """The name of an object's file while it is written; the token is eight hexadecimal digits."""
    return f"{name}.{token}.part"


def is_part(name: str, *, of: str | None = None) -> bool:
    """Whether this is the name of an unfinished file, of any object or of this one."""
    match = _PART.fullmatch(name)
    return match is not None and (of is None or match["key"] == of)

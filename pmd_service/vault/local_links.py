"""Hard links to an archive's sources: they take no space, and outlive the deletion of the original."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from .base import ObjectUnreadableError, Source
from .local_files import LocalSource, make_folder
from .responses import file_etag

LINKS = ".links"


def links_folder(archive: str) -> str:
    """The key of the folder with an archive's links."""
    return archive.rpartition(".")[0] + LINKS


def link_all(root: Path, archive: str, sources: Sequence[Source], *, first: int) -> list[Source]:
    """The sources as links of the archive's own; a source itself where it cannot be linked.

    Not synced: an archive whose links are lost in a power cut is rebuilt automatically.

    Raises:
        ObjectUnreadableError: a source is missing or has changed since it was located.
        OSError: the folder cannot be created.
    """
    folder = links_folder(archive)
    make_folder(root / folder, root, lasting=False)
    # Strings, as there are many paths: creating Path objects takes longer than the system calls.
    below = f"{root}/"
    return [
        _link(source, below, f"{folder}/{number}") if isinstance(source, LocalSource) else source
        for number, source in enumerate(sources, start=first)
    ]


def _link(source: LocalSource, below: str, key: str) -> Source:
    path = below + key
    try:
        os.link(source.path, path, follow_symlinks=False)
    except FileNotFoundError as error:
        raise ObjectUnreadableError(source.key, "is missing") from error
    except OSError:
        # Another device, another owner (fs.protected_hardlinks), read-only, or too many links: refer to the original.
        return source
    if file_etag(os.lstat(path)) != source.tag:
        raise ObjectUnreadableError(source.key, "has changed since it was located")
    return LocalSource(key, source.size, source.modified, path, source.tag)


def unlink_all(root: Path, archive: str) -> None:
    shutil.rmtree(root / links_folder(archive), ignore_errors=True)

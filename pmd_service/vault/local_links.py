"""Hard links to what an archive refers to: they cost nothing, and outlive the deletion of the original."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from .base import ObjectUnreadableError, Source
from .local_files import LocalSource, make_folder
from .responses import file_etag

LINKS = ".links"


def links_folder(archive: str) -> str:
    """Where the links of the archive of this key lie, as a key."""
    return archive.rpartition(".")[0] + LINKS


def link_all(root: Path, archive: str, sources: Sequence[Source], *, first: int) -> list[Source]:
    """The sources by links of ours; itself, where a file system allows none (others' files, other disks, too many).

    Nobody waits for the disk: an archive whose links a power cut has taken is built again by itself.

    Raises:
        ObjectUnreadableError: a source is gone, or not what it was when it was looked for.
        OSError: the folder cannot be made.
    """
    folder = links_folder(archive)
    make_folder(root / folder, root, lasting=False)
    # Paths are texts where there are many: making Path objects takes longer than the system's calls.
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
        raise ObjectUnreadableError(source.key, "is not there any more") from error
    except OSError:
        # Another device, another owner's file (fs.protected_hardlinks), a read-only folder, 65,000 links: by reference.
        return source
    if file_etag(os.lstat(path)) != source.tag:
        raise ObjectUnreadableError(source.key, "has changed while it was looked at")
    return LocalSource(key, source.size, source.modified, path, source.tag)


def unlink_all(root: Path, archive: str) -> None:
    shutil.rmtree(root / links_folder(archive), ignore_errors=True)

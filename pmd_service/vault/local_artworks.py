"""Finding many artworks' files in one pass: what leads to a folder is resolved once for all the files in it."""

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from .base import ArtworkUnavailableError, VaultFaultError
from .keys import artwork_key, is_artwork
from .local_files import LocalSource

_ODD_NAMES = frozenset({"", ".", ".."})


class ArtworkFinder:
    """Paths are texts here: of a hundred small artworks, making Path objects took longer than the system's calls.

    For one call: what it has learnt of folders is true for as long as that takes.

    Args:
        root: where the vault really lies.
    """

    def __init__(self, root: Path, prefixes: tuple[str, ...]) -> None:
        self._root = root
        self._below = f"{root}/".replace("//", "/")
        self._prefixes = prefixes
        self._folders: dict[str, str] = {}

    def find_all(self, art_urls: Sequence[str]) -> list[LocalSource | ArtworkUnavailableError]:
        """The file behind each address, in order, or why there is none.

        Raises:
            VaultFaultError: the whole vault is away.
        """
        return [self._find_or_error(url) for url in art_urls]

    def _find_or_error(self, art_url: str) -> LocalSource | ArtworkUnavailableError:
        try:
            return self._find(art_url)
        except ArtworkUnavailableError as error:
            return error

    def _find(self, art_url: str) -> LocalSource:
        key = artwork_key(art_url, self._prefixes)
        if key is None:
            raise _not_there()
        try:
            path, status = self._look_at(key)
            real_key = path.removeprefix(self._below)
            # Archives and the like are in the vault too, and are nobody's artwork.
            if real_key == path or not is_artwork(real_key):
                raise _not_there()
            # Looked at before it is opened: a pipe or a device would wait, or act.
            if not stat.S_ISREG(status.st_mode):
                raise ArtworkUnavailableError("The artwork's file cannot be read.")
            if not os.access(path, os.R_OK, effective_ids=True):
                raise ArtworkUnavailableError("The artwork's file cannot be read.")
        except (FileNotFoundError, NotADirectoryError, ValueError):
            if not self._root.is_dir():
                raise VaultFaultError(f"{self._root} is not there.") from None
            raise _not_there() from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _not_there() from None
            raise ArtworkUnavailableError("The artwork's file cannot be read.") from error
        return LocalSource(real_key, status.st_size, status.st_mtime, Path(path))

    def _look_at(self, key: str) -> tuple[str, os.stat_result]:
        """Where the key really leads, in the vault or out of it, and what is there; never a symlink."""
        folder, name = os.path.split(key)
        if name not in _ODD_NAMES:
            path = f"{self._resolved(folder)}/{name}"
            status = os.lstat(path)
            if not stat.S_ISLNK(status.st_mode):
                return path, status
        path = os.path.realpath(self._below + key, strict=True)
        return path, os.lstat(path)

    def _resolved(self, folder: str) -> str:
        path = self._folders.get(folder)
        if path is None:
            path = self._folders[folder] = os.path.realpath(self._below + folder, strict=True)
        return path


def _not_there() -> ArtworkUnavailableError:
    return ArtworkUnavailableError("The artwork's file is not in the vault.")

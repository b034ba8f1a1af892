"""The paths of a pack's files: the library's folders, or what the artist has set; none if the pack is flat.

Pure functions. Paths are relative to the pack's folder of files, and have names that every file system takes.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from ..archive.names import ArchiveNames, safe_name
from ..http.errors import unprocessable
from ..media.companions import ending_of, format_of
from ..media.formats import FORMATS
from .licensing import PackFile

Layout: TypeAlias = Annotated[
    Literal["folders", "flat"],
    Meta(description="`folders`: as in the library, without what all have in common; `flat`: all in one folder."),
]
MAX_PATH, MAX_DEPTH = 500, 16


def paths_of(files: Sequence[PackFile], layout: Layout) -> list[str]:
    """Where each file is packed; unique regardless of case, also of folders."""
    if layout == "flat":
        flat = ArchiveNames()
        return [flat.unique(*_stem_and_format(file)) for file in files]
    common = _common_folder([file.folder for file in files if file.pack_path is None])
    wanted = [file.pack_path or _in_library(file, common) for file in files]
    paths, names = dict.fromkeys(range(len(files)), ""), _Paths(wanted)
    # A path that was set is kept: the others make room for it.
    for place in sorted(paths, key=lambda place: files[place].pack_path is None):
        paths[place] = names.unique(wanted[place])
    return [*paths.values()]


class _Paths:
    """Hands out paths that differ in more than case, from each other and from all folders."""

    def __init__(self, paths: Sequence[str]) -> None:
        folders = {folder for path in paths for folder in PurePosixPath(path).parents}
        self._taken = {str(folder).casefold() for folder in folders}
        # The next free number by path, so that a thousand files of one name are not quadratic.
        self._next: dict[str, int] = {}

    def unique(self, path: str) -> str:
        """The path, or it with a number: “a/b.png”, “a/b-2.png”."""
        pure, wanted = PurePosixPath(path), path.casefold()
        number = self._next.get(wanted, 1)
        while path.casefold() in self._taken:
            number += 1
            path = str(pure.with_name(f"{pure.stem}-{number}{pure.suffix}"))
        self._next[wanted] = number
        self._taken.add(path.casefold())
        return path


def checked_path(path: str, *, file_format: str, at: str) -> str:
    """A path that an artist has set for a file of this format.

    Raises:
        ProblemError: 422 it is not relative, or a file system would not take it, or its ending is another format's.
    """
    safe = "/".join(_safe_parts(path))
    if safe != path or not safe or safe.count("/") > MAX_DEPTH:
        raise unprocessable(f"This is no path in a pack that every system takes. One would be “{safe[:200]}”.", path=at)
    if not _fits(PurePosixPath(path).name, file_format):
        raise unprocessable(f"The name has to end as {file_format.upper()} files do.", path=at)
    return path


def _in_library(file: PackFile, common: Sequence[str]) -> str:
    folders = _safe_parts(file.folder)[len(common) :]
    return "/".join([*folders, _safe_file_name(file)])


def _common_folder(folders: Sequence[str]) -> list[str]:
    parts = [_safe_parts(folder) for folder in dict.fromkeys(folders)]
    alike = (each for each in zip(*parts, strict=False))
    common = []
    for names in alike:
        if len(set(names)) > 1:
            break
        common.append(names[0])
    return common


def _safe_parts(path: str) -> list[str]:
    return [safe_name(part, "") for part in path.split("/") if part.strip(". ")]


def _safe_file_name(file: PackFile) -> str:
    """The file's own name, by which others refer to it, unless its ending is of another format."""
    name = safe_name(file.name, "")
    return name if _fits(name, file.file_format) else safe_name(*_stem_and_format(file))


def _stem_and_format(file: PackFile) -> tuple[str, str]:
    """The file's name without its extension, and the actual format."""
    stem, dot, ending = file.name.rpartition(".")
    return (stem if dot and stem and re.fullmatch(r"\w{1,5}", ending) else file.name), file.file_format


def _fits(name: str, file_format: str) -> bool:
    """Whether the name's ending is one of the format's."""
    form = FORMATS.get(file_format)
    return ending_of(name) in form.endings if form else format_of(name) == file_format

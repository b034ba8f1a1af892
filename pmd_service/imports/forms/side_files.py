"""A folder with side files: ``NAME.EXT.json``, ``NAME.json``, and likewise ``.xmp`` and ``.txt``.

A text's first lines may be “Title: …”, “Tags: …”; a line before an empty one is the title.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..archive import ArchiveReader
from ..items import FileItem, Item, LostItem
from .details import Details, details_of, field_of, item_of
from .documents import UnreadableError, decoded, decoded_text, side_file
from .form import Form
from .texts import MAX_TITLE
from .xmp import read_xmp

# The first that has a detail counts.
_ENDINGS = (".json", ".xmp", ".txt")


def _sides(archive: ArchiveReader) -> Mapping[str, Sequence[str]]:
    """The side files of each file that has some."""
    stems: defaultdict[str, list[str]] = defaultdict(list)
    for name in archive.entries:
        if not name.lower().endswith(_ENDINGS):
            stems[_stem(name)].append(name)
    sides: defaultdict[str, list[str]] = defaultdict(list)
    for ending in _ENDINGS:
        for name in archive.entries:
            if name.lower().endswith(ending):
                bare = name[: -len(ending)]
                for target in [bare] if bare in archive.entries else stems.get(bare, ()):
                    sides[target].append(name)
    return sides


def _stem(name: str) -> str:
    folder, slash, base = name.rpartition("/")
    return folder + slash + (base.rpartition(".")[0] or base)


def _read(archive: ArchiveReader) -> Iterator[Item]:
    sides = _sides(archive)
    used = {side for names in sides.values() for side in names}
    undated = 0
    for name, entry in archive.entries.items():
        if name in used or not entry.size:
            continue
        details: dict[Any, Any] = {}
        for side in sides.get(name, ()):
            try:
                details = {**_details(side, side_file(archive, archive.entries[side])), **details}
            except UnreadableError:
                yield LostItem(title=side[-500:], reason="not_readable")
        item = item_of(name, entry, details)
        undated += name in sides and isinstance(item, FileItem)
        yield item
    if undated:
        yield LostItem(
            title="Files whose side file has no date: they do not become posts", reason="no_date", count=undated
        )


def _details(name: str, data: bytes) -> Details:
    name = name.lower()
    if name.endswith(".json"):
        is_list = data.lstrip().startswith(b"[")  # of one, as ExifTool writes
        return details_of(
            (decoded(data, tuple[dict[str, Any]])[0] if is_list else decoded(data, dict[str, Any])).items()
        )
    return details_of(read_xmp(data) if name.endswith(".xmp") else _lines(data))


def _lines(data: bytes) -> Iterator[tuple[str, str]]:
    """The names and values in a text."""
    text = decoded_text(data)
    while text:
        line, _, rest = text.partition("\n")
        name, colon, value = line.partition(":")
        if not colon or field_of(name) in (None, "file") or len(name) > 40:
            break
        yield name, value.strip()
        text = rest
    title, gap, rest = text.strip().partition("\n\n")
    if gap and "\n" not in title and len(title) <= MAX_TITLE:
        yield "title", title
        text = rest
    yield "description", text.strip()


def _recognizes(archive: ArchiveReader) -> bool:
    return bool(_sides(archive))


FORM = Form(name="side_files", title="A folder with side files", recognizes=_recognizes, read=_read)

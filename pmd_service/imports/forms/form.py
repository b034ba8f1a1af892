"""What a form is: one record."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from ..archive import ArchiveReader
from ..items import FileItem, Item, PostItem
from ..listing import base_of


class Form(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A form of archives.

    Args:
        name: in the API.
        title: for people.
        recognizes: whether this archive is of this form, by the names in it.
        read: what it has: files first, then posts, then packs. Raises ``ArchiveRefusedError``.
        columns: of a table, what each column is read as; None: it is left out.
        has_fixed_names: its documents have one place each, in an archive or in its only folder.
    """

    name: str
    title: str
    recognizes: Callable[[ArchiveReader], bool]
    read: Callable[[ArchiveReader], Iterator[Item]]
    columns: Callable[[ArchiveReader], Mapping[str, str | None]] | None = None
    has_fixed_names: bool = False


def with_unnamed_files(
    items: Iterator[Item], archive: ArchiveReader, is_media: Callable[[str], object]
) -> Iterator[Item]:
    """The items, and the media that none of them is of, for the library: of posts that cannot be read, for example."""
    named = set()
    for item in items:
        if isinstance(item, PostItem):
            named.add(item.entry.name)
        yield item
    for name, entry in archive.entries.items():
        if is_media(name) and entry.name not in named and entry.size:
            yield FileItem(title=base_of(name)[-255:], entry=entry, original_path=name)

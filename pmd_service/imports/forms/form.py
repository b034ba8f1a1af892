"""What a form is: one record."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from ..archive import ArchiveReader
from ..items import Item


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

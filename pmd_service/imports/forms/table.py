"""A folder with one CSV (RFC 4180) that has a line for each file; its columns are named as people name them."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..archive import ArchiveReader
from ..items import FileItem, Item, Lost, LostItem, lost_items
from ..listing import ArchiveRefusedError, base_of
from .details import UNDATED, Field, details_of, field_of, item_of
from .documents import UnreadableError, decoded_text, side_file
from .form import Form

MAX_TABLE_BYTES = 64 << 20
MAX_COLUMNS = 64
MAX_CELL = 100_000
_DELIMITERS = ",;\t|"


class _Table:
    """The CSV's header and rows.

    Raises:
        UnreadableError: it is damaged, or has no column of file names.
    """

    def __init__(self, archive: ArchiveReader) -> None:
        names = [name for name, entry in archive.entries.items() if name.lower().endswith(".csv") and entry.size]
        if len(names) != 1:
            raise UnreadableError("there is not one table")
        self.name = names[0]
        text = decoded_text(side_file(archive, archive.entries[self.name], most=MAX_TABLE_BYTES))
        header = text.partition("\n")[0]
        delimiter = max(_DELIMITERS, key=header.count)
        self._lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        self.columns = [cell.strip() for cell in self._row() or ()][:MAX_COLUMNS]
        if "file" not in map(field_of, self.columns):
            raise UnreadableError("no column names the files")

    def _row(self) -> Sequence[str] | None:
        """None: this line is damaged."""
        csv.field_size_limit(MAX_CELL)
        try:
            return next(self._lines)
        except csv.Error:
            return None

    def rows(self) -> Iterator[Sequence[tuple[str, str]]]:
        """The cells of each line that has some, by column; nothing in them for a damaged line."""
        self.spare = 0  # lines with cells that no column has
        try:
            while True:
                row = self._row()
                self.spare += any(cell.strip() for cell in (row or ())[len(self.columns) :])
                if row is None or any(cell.strip() for cell in row):
                    yield [(name, cell.strip()) for name, cell in zip(self.columns, row or (), strict=False)]
        except StopIteration:
            return


def _recognizes(archive: ArchiveReader) -> bool:
    try:
        _Table(archive)
    except UnreadableError:
        return False
    return True


def _columns(archive: ArchiveReader) -> Mapping[str, Field | None]:
    return {column[:100]: field_of(column) for column in _Table(archive).columns if column}


def _read(archive: ArchiveReader) -> Iterator[Item]:
    try:
        table = _Table(archive)
    except UnreadableError as error:
        raise ArchiveRefusedError(f"The table cannot be read: {error}.") from error
    lost: Lost = Counter()
    for column in table.columns:
        if column and field_of(column) is None:
            lost[f"The column “{column[:100]}”", "no_column"] = 1
    named = {table.name}
    folder = table.name.removesuffix(base_of(table.name))
    for row in table.rows():
        details = details_of(row)
        path = details.get("file", "")
        if not path:
            lost["Lines without a file", "not_readable"] += 1
            continue
        entry = archive.find(folder + path) or archive.find(path)
        if entry is None:
            yield LostItem(title=path[:500], reason="not_in_archive")
            continue
        item = item_of(entry.name, entry, details)
        lost[UNDATED, "no_date"] += isinstance(item, FileItem)
        named.add(entry.name)
        yield item
    lost["Lines with more cells than columns", "no_column"] = table.spare
    for name, entry in archive.entries.items():
        if entry.name not in named and entry.size:
            yield item_of(name, entry, {})
    yield from lost_items(lost)


FORM = Form(name="table", title="A folder with a CSV", recognizes=_recognizes, read=_read, columns=_columns)

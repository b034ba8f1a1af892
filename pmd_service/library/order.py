"""The orders of a library's list (``sort`` and ``order``), and their keyset cursors."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta

from ..http.wire import EPOCH, FIRST, LAST, MICROSECOND, not_of_this_list, read_cursor, write_cursor

Sort: TypeAlias = Literal["date", "path", "name", "size", "kind", "rating"]
Direction: TypeAlias = Literal["asc", "desc"]

_Moment = Annotated[int, Meta(ge=(FIRST - EPOCH) // MICROSECOND, le=(LAST - EPOCH) // MICROSECOND)]
_Bytes = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Stars = Annotated[int, Meta(ge=0, le=5)]
_Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class _Key(NamedTuple):
    """A sort key before the id. Its index begins with the user and ends with the id."""

    default: Direction  # the newest, best and largest first, but names from A
    columns: Sequence[str]
    cursor: Any  # its type: the sort, the direction, the columns' values, and the id


_KEYS: Mapping[Sort, _Key] = {
    "date": _Key("desc", ["asset.created_at"], tuple[str, str, tuple[_Moment], _Id]),
    "path": _Key("asc", ["sort_path"], tuple[str, str, tuple[str], _Id]),
    "name": _Key("asc", ["sort_name"], tuple[str, str, tuple[str], _Id]),
    "size": _Key("desc", ["size_bytes"], tuple[str, str, tuple[_Bytes], _Id]),
    "kind": _Key("asc", ["type", "sort_path"], tuple[str, str, tuple[str, str], _Id]),
    "rating": _Key("desc", ["rating", "asset.created_at"], tuple[str, str, tuple[_Stars, _Moment], _Id]),
}
_TYPES = {"asset.created_at": "timestamptz", "size_bytes": "bigint", "rating": "smallint"}


class Order(msgspec.Struct, frozen=True):
    """An order by columns and then the id, all in the same direction."""

    sort: Sort
    direction: Direction

    @classmethod
    def of(cls, sort: Sort, direction: Direction | None) -> "Order":
        return cls(sort, direction or _KEYS[sort].default)

    @property
    def columns(self) -> Sequence[str]:
        return _KEYS[self.sort].columns

    @property
    def sql(self) -> str:
        return ", ".join(f"{column} {self.direction}" for column in [*self.columns, "asset.id"])

    def behind(self, first: int) -> str:
        """The condition that a row follows a cursor, whose values are the parameters from ``first`` on."""
        places = [f"${at}::{_TYPES.get(column, 'text')}" for at, column in enumerate(self.columns, first)]
        after = ", ".join([*places, f"${first + len(places)}::bigint"])
        return f"({', '.join([*self.columns, 'asset.id'])}) {'<' if self.direction == 'desc' else '>'} ({after})"

    def cursor(self, keys: Sequence[Any], row_id: int) -> str:
        """The opaque text of a cursor after the row with these values of the columns."""
        values = [(key - EPOCH) // MICROSECOND if isinstance(key, datetime) else key for key in keys]
        return write_cursor((self.sort, self.direction, values, row_id))

    def read(self, text: str | None) -> Sequence[Any] | None:
        """The values for ``behind``; None at the beginning of the list.

        Raises:
            ProblemError: 422 for a cursor that is not from this list in this order.
        """
        if text is None:
            return None
        sort, direction, keys, row_id = read_cursor(text, _KEYS[self.sort].cursor)
        if (sort, direction) != (self.sort, self.direction):
            raise not_of_this_list()
        values = [
            EPOCH + key * MICROSECOND if column == "asset.created_at" else key
            for column, key in zip(self.columns, keys, strict=True)
        ]
        return [*values, row_id]


NEWEST_FIRST = Order("date", "desc")

OrderedCursor = Annotated[
    str,
    Meta(
        description="`next_cursor` of the previous page, in the same order; omit it for the first page.",
        examples=[NEWEST_FIRST.cursor([datetime(2026, 11, 22, tzinfo=UTC)], 7)],
    ),
]

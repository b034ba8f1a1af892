"""Cells of CSV (RFC 4180) that no spreadsheet evaluates."""

import csv
import io
from collections.abc import Iterable, Sequence

from aiohttp import hdrs, web

from ..vault.responses import content_disposition

# What spreadsheets take for the beginning of a formula; and the sign that we put before it, which is doubled itself.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SIGN = "'"


def escaped(cell: str) -> str:
    """A cell that no spreadsheet evaluates as a formula."""
    return f"{_SIGN}{cell}" if cell.startswith((*_FORMULA, _SIGN)) else cell


def unescaped(cell: str) -> str:
    """The text of an ``escaped`` cell."""
    return cell[1:] if cell.startswith(_SIGN) and cell[1:].startswith((*_FORMULA, _SIGN)) else cell


def written(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, their texts escaped."""
    text = io.StringIO()
    csv.writer(text).writerows([escaped(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()


def csv_response(text: str, name: str) -> web.Response:
    """A download, with a byte order mark, by which spreadsheets know that it is UTF-8."""
    headers = {hdrs.CONTENT_DISPOSITION: content_disposition("attachment", name)}
    return web.Response(body=text.encode("utf-8-sig"), content_type="text/csv", charset="utf-8", headers=headers)

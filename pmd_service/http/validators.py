"""Conditional answers: whether what a client has still holds (RFC 9110 section 13), without making it anew.

A tag has two halves: the state of the database that the answer was read in, and what the answer was. With the same
state, nothing at all has changed, and there is nothing to read; with another, the answer is made, and compared.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from importlib.metadata import version
from typing import Self

import msgspec
from aiohttp import hdrs, web

_TAG = re.compile(r'W/"([A-Za-z0-9]{1,32})-([A-Za-z0-9]{1,32})"')

# Another version may give another answer from the same rows.
_VERSION = version("pmd-service")

# As many tags as a client may name; one is usual.
_MAX_HEADER = 1000


class Validator:
    """The condition of one request.

    Args:
        about: all that the answer follows from, apart from the database's state.
    """

    def __init__(self, about: bytes, condition: str) -> None:
        self._about = about
        self._condition = condition[:_MAX_HEADER]

    @classmethod
    def of(cls, request: web.Request, *about: object) -> Self:
        return cls(msgspec.json.encode((_VERSION, *about)), request.headers.get(hdrs.IF_NONE_MATCH, ""))

    @property
    def is_asked(self) -> bool:
        return bool(self._tags)

    def still_holds(self, snapshot: str) -> str | None:
        """The tag that was given out for this very state of the database, if the client named it."""
        state = self._digest(snapshot.encode())
        return next((_tag(known, content) for known, content in self._tags if known == state), None)

    def answer(self, response: web.Response, snapshot: str | None) -> web.Response:
        """The response with its tag; 304 in its place where the client has the same already."""
        if snapshot is None:
            return response
        assert isinstance(response.body, bytes)
        content = self._digest(response.body)
        tag = _tag(self._digest(snapshot.encode()), content)
        if any(known == content for _state, known in self._tags):
            return not_modified(tag, response.headers)
        response.headers[hdrs.ETAG] = tag
        return response

    @cached_property
    def _tags(self) -> list[tuple[str, str]]:
        return [(known[1], known[2]) for known in _TAG.finditer(self._condition)]

    def _digest(self, text: bytes) -> str:
        # Processors have instructions for this one: a page takes half of BLAKE2's time.
        return hashlib.sha256(self._about + text).hexdigest()[:16]


def not_modified(tag: str, headers: Mapping[str, str]) -> web.Response:
    kept = {name: headers[name] for name in (hdrs.CACHE_CONTROL, hdrs.VARY) if name in headers}
    return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={**kept, hdrs.ETAG: tag})


def _tag(state: str, content: str) -> str:
    return f'W/"{state}-{content}"'

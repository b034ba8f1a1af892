"""ETags of single things (RFC 9110 section 8.8), and changes of what the client has seen only (``If-Match``).

A tag has two halves: the revision of what can be changed, and the hash of the whole answer. ``If-None-Match`` compares
both. ``If-Match`` compares the revision, as otherwise each use of a key, or view of a link, would refuse a change that
overlooks nothing. It takes weak tags, too: proxies that compress make them so.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Self, TypeAlias

import msgspec
from aiohttp import hdrs, web

from .errors import ProblemError, unprocessable

_TAG = re.compile(r'(?:W/)?"([0-9a-f]{12})\.([0-9a-f]{12})"')
# Characters of a header; one tag is usual.
_MAX_HEADER = 1000


IfMatchTag: TypeAlias = (
    Annotated[str, msgspec.Meta(description="The `ETag` of what you have: 412 if it has changed.")] | None
)


class IfMatchHeader(msgspec.Struct, rename={"if_match": "If-Match"}):
    """The header of calls that change something, for a client that wants to overlook nobody's change."""

    if_match: IfMatchTag = None


class IfMatchOneHeader(msgspec.Struct, rename={"if_match": "If-Match"}):
    """The same of calls that change what their bodies name."""

    if_match: (
        Annotated[str, msgspec.Meta(description="The `ETag` of the only one that is named: 412 if it has changed.")]
        | None
    ) = None


class IfNoneMatchHeader(msgspec.Struct, rename={"if_none_match": "If-None-Match"}):
    """The header of a conditional read."""

    if_none_match: (
        Annotated[str, msgspec.Meta(description="The `ETag` of what you have: 304 if it is the same.")] | None
    ) = None


class IfMatch(msgspec.Struct, frozen=True):
    """The revisions that a request may change; None: any."""

    revisions: frozenset[str] | None

    @classmethod
    def of(cls, request: web.Request) -> Self:
        header = request.headers.get(hdrs.IF_MATCH)
        if header is None or header.strip() == "*":  # what does not exist is a 404
            return cls(None)
        return cls(frozenset(tag[1] for tag in _TAG.finditer(header[:_MAX_HEADER])))

    @property
    def is_given(self) -> bool:
        return self.revisions is not None

    def require(self, current: object) -> None:
        """Compare with what is there now; call it in the transaction that changes it, under its lock.

        Raises:
            ProblemError: 412, it is another revision.
        """
        if self.revisions is not None and _revision(current) not in self.revisions:
            raise ProblemError(
                HTTPStatus.PRECONDITION_FAILED,
                "This has been changed since you read it. Read it again, and repeat the change on what there is now.",
                kind="changed-since",
            )

    async def require_one(self, named: Sequence[int], read: Callable[[int], Awaitable[object]]) -> None:
        """The same for a call that names what it changes, which is found missing elsewhere.

        Raises:
            ProblemError: 412; 422, it names several.
        """
        if self.revisions is None:
            return
        if len(set(named)) > 1:
            raise unprocessable("A change of several has no `If-Match`: it is the `ETag` of one.", path="If-Match")
        if (current := await read(named[0])) is not None:
            self.require(current)


def tag(value: object, body: bytes) -> str:
    """The strong ETag of a thing, and of the answer that shows it.

    Args:
        value: what has no ``revision`` changes with each of its values.
    """
    return f'"{_revision(value)}.{_short(body)}"'


def is_known(request: web.Request, etag: str) -> bool:
    """Whether the client has this very answer."""
    condition = request.headers.get(hdrs.IF_NONE_MATCH, "")[:_MAX_HEADER]
    return any(known[0].removeprefix("W/") == etag for known in _TAG.finditer(condition))


def _revision(value: Any) -> str:
    return _short(msgspec.json.encode(getattr(value, "revision", value)))


def _short(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:12]

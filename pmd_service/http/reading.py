"""Reading requests: what a handler's parameters are parsed as, and parsing them."""

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec
from aiohttp import web

from .errors import not_found
from .etags import IfMatch
from .once import Once
from .wire import opened_cursor, parameters_of, read_json, read_query, require_known

# The parameter that names for whom a call is made; the page has it in every call, the public ones ignore it.
TARGET = "target_sqid"

Function = Callable[..., Awaitable[Any]]


class Reads(NamedTuple):
    """The types that a handler's parameters are parsed as; ``body_required`` unless ``body`` may be None."""

    path: type[msgspec.Struct] | None
    query: type[msgspec.Struct] | None
    body: type[msgspec.Struct] | None
    body_required: bool
    once: bool
    match: bool

    @classmethod
    def of(cls, function: Function) -> "Reads":
        hints = get_type_hints(function, include_extras=True)
        query, body = hints.pop("query", None), hints.pop("body", None)
        once, match = (hints.pop(name, None) is not None for name in ("once", "match"))
        in_path = [(name, kind) for name, kind in hints.items() if name not in ("request", "_request", "return")]
        path = msgspec.defstruct("Path", in_path) if in_path else None
        required, *rest = get_args(body) or (body,)
        return cls(path, query, required, not rest, once, match)


def reading(function: Function, missing: str, *, once: Callable[[web.Request, object], Once] | None = None) -> Function:
    """The function with the request as its only parameter, from which the others are parsed.

    Args:
        missing: what the path names, for the message of a 404.
        once: reads the key by which it may be repeated, given the parsed body.

    Raises:
        ProblemError: 404 the path's parameters are not valid; as ``read_query`` and ``read_json``.
    """
    # A wrapper may have parsed for its function already: only its own parameters count.
    if len(inspect.signature(function, follow_wrapped=False).parameters) == 1:
        return function
    reads = Reads.of(function)

    @wraps(function)
    async def read(request: web.Request) -> Any:
        parsed: dict[str, Any] = {}
        if reads.path is not None:
            try:
                parsed |= msgspec.structs.asdict(msgspec.convert(request.match_info, reads.path, strict=False))
            except msgspec.ValidationError as error:
                raise not_found(missing) from error
        if reads.query is not None:
            query = parsed["query"] = read_query(request, reads.query)
            if (cursor := getattr(query, "cursor", None)) is not None:
                parsed["query"] = msgspec.structs.replace(query, cursor=opened_cursor(request, cursor))
        if reads.body is not None:
            has_body = reads.body_required or request.body_exists
            parsed["body"] = await read_json(request, reads.body) if has_body else None
        if reads.once and once is not None:
            parsed["once"] = once(request, parsed.get("body"))
        if reads.match:
            parsed["match"] = IfMatch.of(request)
        return await function(request, **parsed)

    return read


def strictly(read: Function, reads: Reads) -> Function:
    """The function, called without unknown query parameters only."""
    known = {TARGET, *(parameters_of(reads.query) if reads.query is not None else ())}

    @wraps(read)
    async def strict(request: web.Request) -> Any:
        require_known(request, known)
        return await read(request)

    return strict

"""One declaration of a route, beside its handler: the URL table, the reading, the answer and the documentation follow.

A handler's parameters say what is read: those that the path names, ``query`` and ``body``. Its docstring is the
documentation's text: the first line says what the call does, the rest is Markdown. What it returns is told in JSON;
None is an empty answer where nothing else may be returned, and else means that there is no such thing.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import wraps
from http import HTTPStatus
from types import NoneType
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from .compression import compress, is_compressible
from .errors import not_found
from .wire import json_response, read_json, read_query

EVENTS = "text/event-stream"

Function = Callable[..., Awaitable[Any]]
Problems = Mapping[HTTPStatus, str]


class Answer(msgspec.Struct, frozen=True):
    """One way in which a call succeeds.

    Args:
        kind: what is told in JSON; of a route's first answer, what its handler returns.
        media: of what is not told by ``kind``; None, too, for an answer without a body.
        example: of a text, or of what cannot be shown by its type's own.
        location: the ``Location`` header, in which ``{0}`` stands for what is told.
        headers: what the answer's own headers say, by name.
    """

    description: str
    status: HTTPStatus = HTTPStatus.OK
    kind: type[msgspec.Struct] | None = None
    media: str | None = None
    example: object = None
    location: str | None = None
    headers: Mapping[str, str] = {}


class Takes(msgspec.Struct, frozen=True):
    """A body that is no JSON and that its handler reads by itself: its media type, and its JSON Schema."""

    media: str
    schema: Mapping[str, Any]
    required: bool = True


class Reads(NamedTuple):
    """What a handler's parameters ask for; ``body_required`` unless it takes None for one."""

    path: type[msgspec.Struct] | None
    query: type[msgspec.Struct] | None
    body: type[msgspec.Struct] | None
    body_required: bool

    @classmethod
    def of(cls, function: Function) -> "Reads":
        hints = get_type_hints(function, include_extras=True)
        query, body = hints.pop("query", None), hints.pop("body", None)
        named = [(name, kind) for name, kind in hints.items() if name not in ("request", "_request", "return")]
        path = msgspec.defstruct("Path", named) if named else None
        required, *rest = get_args(body) or (body,)
        return cls(path, query, required, not rest)


class Route(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What there is to say about one route.

    Args:
        path: as the URL table has it, with its parameters.
        about: what its tag is for, in a sentence, where this module says it.
        missing: what there is none of, where the path names nothing of the caller's.
        headers: a struct whose fields are the parameters.
        takes: a body that is no JSON.
        problems: beyond those that every call of its kind can meet, by status.
        anonymous: whether nobody is asked who they are.
        moderators: where only they may call it, the sentence that others get.
        owners: where only owners of the site may call it, the sentence that others get.
        head: whether HEAD is a part of the promise.
    """

    method: str
    path: str
    handler: Handler
    tag: str
    about: str
    summary: str
    description: str
    reads: Reads
    headers: type[msgspec.Struct] | None
    takes: Takes | None
    answers: tuple[Answer, ...]
    missing: str
    problems: Problems
    anonymous: bool
    moderators: str | None
    owners: str | None
    head: bool

    def definition(self) -> web.RouteDef:
        """The route's line in the URL table; a stream has no end, and so no HEAD."""
        if self.method == hdrs.METH_GET:
            return web.get(self.path, self.handler, allow_head=self.answers[0].media != EVENTS)
        return web.route(self.method, self.path, self.handler)


_declared: dict[Handler, Route] = {}


def declared(handler: Handler) -> Route | None:
    """What a handler's route says of itself; pages for people, and what they load, say nothing."""
    return _declared.get(handler)


class Routes:
    """The routes of one module, in their order there.

    Args:
        tag: under which the documentation has them.
        about: what the tag is for, in a sentence; one of its modules says it.
        missing: what their paths name, in a word or two.
    """

    def __init__(self, tag: str, *, about: str = "", missing: str = "") -> None:
        self._tag = tag
        self._about = about
        self._missing = missing
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[web.RouteDef]:
        return (route.definition() for route in self._routes)

    def __call__(
        self,
        address: str,
        *answers: Answer | str,
        headers: type[msgspec.Struct] | None = None,
        takes: Takes | None = None,
        problems: Problems | None = None,
        missing: str | None = None,
        anonymous: bool = False,
        moderators: str | None = None,
        owners: str | None = None,
        head: bool = False,
    ) -> Callable[[Function], Handler]:
        """Declare a handler's route: ``address`` is method and path, the first answer what the handler returns."""
        method, path = address.split(" ", 1)
        missing = self._missing if missing is None else missing

        def declare(function: Function) -> Handler:
            told = _completed(function, *answers)
            handler = _answering(reading(function, missing), told[0], missing)
            summary, description = _texts(function)
            route = Route(
                method=method,
                path=path,
                handler=handler,
                tag=self._tag,
                about=self._about,
                summary=summary,
                description=description,
                reads=Reads.of(function),
                headers=headers,
                takes=takes,
                answers=told,
                missing=missing,
                problems=problems or {},
                anonymous=anonymous,
                moderators=moderators,
                owners=owners,
                head=head,
            )
            _declared[handler] = route
            self._routes.append(route)
            return handler

        return declare


def reading(function: Function, missing: str) -> Function:
    """The function as one of the request alone, from which its other parameters are read.

    Raises:
        ProblemError: 404 the path names nothing that could be, and as ``read_query`` and ``read_json`` say.
    """
    # What wraps a handler may have read for it already: only the function's own parameters count.
    if len(inspect.signature(function, follow_wrapped=False).parameters) == 1:
        return function
    reads = Reads.of(function)

    @wraps(function)
    async def read(request: web.Request) -> Any:
        named: dict[str, Any] = {}
        if reads.path is not None:
            try:
                named |= msgspec.structs.asdict(msgspec.convert(request.match_info, reads.path, strict=False))
            except msgspec.ValidationError as error:
                raise not_found(missing) from error
        if reads.query is not None:
            named["query"] = read_query(request, reads.query)
        if reads.body is not None:
            is_there = reads.body_required or request.body_exists
            named["body"] = await read_json(request, reads.body) if is_there else None
        return await function(request, **named)

    return read


def _answering(read: Function, answer: Answer, missing: str) -> Handler:
    """The function as a handler: what it returns becomes the response."""

    def respond(value: Any) -> web.StreamResponse:
        if isinstance(value, web.StreamResponse):
            return value
        if answer.kind is None:
            return web.Response(status=answer.status)
        if value is None:
            raise not_found(missing)
        headers = {"Location": answer.location.format(value)} if answer.location else None
        return json_response(value, status=answer.status, headers=headers)

    @wraps(read)
    async def handler(request: web.Request) -> web.StreamResponse:
        response = respond(await read(request))
        if is_compressible(response):
            await compress(request, response)
        return response

    return handler


def _completed(function: Function, *answers: Answer | str) -> tuple[Answer, ...]:
    """The answers, of which the first is completed by what the function returns."""
    returned = get_type_hints(function)["return"]
    first, *others = (Answer(answer) if isinstance(answer, str) else answer for answer in answers)
    if returned is NoneType:
        first = msgspec.structs.replace(first, status=HTTPStatus.NO_CONTENT)
    kinds = [kind for kind in get_args(returned) or (returned,) if issubclass(kind, msgspec.Struct)]
    if kinds:
        first = msgspec.structs.replace(first, kind=kinds[0])
    return first, *others


def _texts(function: Function) -> tuple[str, str]:
    """Summary and description; a paragraph's lines are one."""
    summary, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
    return summary.rstrip("."), re.sub(r"(?<!\n)\n(?!\n)", " ", rest)


def file_answers(
    what: str, media: str, headers: Mapping[str, str], *, is_elsewhere: bool = False
) -> tuple[Answer, ...]:
    """How a file is answered that the vault serves: whole, in a part, or not at all.

    Args:
        headers: beside those that every such file has.
        is_elsewhere: whether an object store may be asked for it.
    """
    headers = {"ETag": "A strong one, for `If-Range` and `If-None-Match`.", "Accept-Ranges": "`bytes`.", **headers}
    part = {**headers, "Content-Range": "Which range of how many bytes it is."}
    elsewhere = Answer(f"The {what} is at another address for a while.", HTTPStatus.FOUND)
    return (
        Answer(f"The {what}.", media=media, headers=headers),
        Answer(f"The range of the {what}.", HTTPStatus.PARTIAL_CONTENT, media=media, headers=part),
        *([elsewhere] if is_elsewhere else []),
        Answer(f"The {what} is what you have.", HTTPStatus.NOT_MODIFIED),
    )


def file_problems(what: str) -> Problems:
    return {
        HTTPStatus.PRECONDITION_FAILED: "`If-Match` or `If-Unmodified-Since` does not hold.",
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: f"The range lies behind the {what}'s end.",
    }

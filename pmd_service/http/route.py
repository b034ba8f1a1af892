"""Declared routes: one declaration next to a handler gives its URL, parsing, response and OpenAPI documentation.

A handler's parameters are parsed from the request: those that the path names, ``query``, ``body``, ``once`` for the
``Idempotency-Key`` of a call that creates something, ``match`` for the ``If-Match`` of one that changes something. Its
docstring is the documentation: a summary in the first line, then Markdown. What it returns is encoded as JSON, with an
ETag where the path names it. None is an empty response where the return type is None, and 404 elsewhere.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from http import HTTPStatus
from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from .compression import compress, is_compressible
from .errors import not_found
from .etags import IfMatchHeader, IfMatchOneHeader, IfMatchTag, IfNoneMatchHeader, is_known, tag
from .languages import has_sentences, language_of_client, name_language, translated
from .once import IdempotencyHeader, Once, RepeatedError
from .reading import Function, Reads, reading, strictly
from .scopes import Scope, Things, scopes_for
from .validators import not_modified
from .wire import SAFE_METHODS, json_response, sealed_cursor

EVENTS = "text/event-stream"
Problems = Mapping[HTTPStatus, str]


class Answer(msgspec.Struct, frozen=True):
    """One successful response of a call.

    Args:
        kind: the type of its JSON; of a route's first answer, what its handler returns.
        media: the media type of any other body; None for JSON, and for no body.
        example: of a text, or of a type that has no suitable example itself.
        location: the ``Location`` header, in which ``{0}`` is the returned value.
        headers: descriptions of its own headers, by name.
    """

    description: str
    status: HTTPStatus = HTTPStatus.OK
    kind: type[msgspec.Struct] | None = None
    media: str | None = None
    example: object = None
    location: str | None = None
    headers: Mapping[str, str] = {}


class Takes(msgspec.Struct, frozen=True):
    """A body other than JSON, which the handler reads by itself: its media type and JSON Schema."""

    media: str
    schema: Mapping[str, Any]
    required: bool = True


class RepeatableChange(IdempotencyHeader, rename={"if_match": "If-Match"}):
    """The headers of calls that add to a thing, and so change it."""

    if_match: IfMatchTag = None


class Route(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The declaration of one route.

    Args:
        path: as in the URL table, with its parameters.
        about: the description of its tag, where this module has it.
        missing: what the 404 is about, where the path names nothing of the caller's.
        headers: a struct whose fields are the header parameters.
        takes: a body other than JSON.
        problems: descriptions by status, in addition to those common to all calls of its kind.
        anonymous: whether it can be called without signing in.
        scopes: what an access key needs for it, all of them; empty for any key; None: no key may.
        personal: whether nobody may call it on another user's behalf.
        moderators: where only moderators may call it, the message for others.
        owners: where only owners of the site may call it, the message for others.
        head: whether HEAD is documented.
        any_query: whether unknown query parameters are ignored; elsewhere they are a 422.
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
    scopes: tuple[Scope, ...] | None
    personal: bool
    moderators: str | None
    owners: str | None
    head: bool
    any_query: bool

    def definition(self) -> web.RouteDef:
        """The route's entry in the URL table; a stream has no HEAD, as it has no end."""
        if self.method == hdrs.METH_GET:
            return web.get(self.path, self.handler, allow_head=self.answers[0].media != EVENTS)
        return web.route(self.method, self.path, self.handler)


_declared: dict[Handler, Route] = {}


def declared(handler: Handler) -> Route | None:
    """A handler's route; None for HTML pages and their files, which are not declared."""
    return _declared.get(handler)


class Routes:
    """The routes of one module, in order.

    Args:
        tag: of the routes in the documentation.
        about: the tag's description; one of its modules has it.
        missing: what their paths name, for the message of a 404.
        keys: for which things an access key needs a scope: to read, or, unless the method is safe, to write them.
        personal: whether nobody may call them on another user's behalf.
    """

    def __init__(
        self, tag: str, *, about: str = "", missing: str = "", keys: Things | None = None, personal: bool = False
    ) -> None:
        self._tag = tag
        self._about = about
        self._missing = missing
        self._keys = keys
        self._personal = personal
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
        scopes: tuple[Scope, ...] | None = None,
        moderators: str | None = None,
        owners: str | None = None,
        head: bool = False,
        any_query: bool = False,
        is_tagged: bool = False,
    ) -> Callable[[Function], Handler]:
        """Declare a handler's route. ``address`` is “METHOD /path”; the first answer is what the handler returns.

        Args:
            is_tagged: whether what it reads has an ETag although its path names nothing: there is one.
            scopes: what an access key needs, where it is not what the module's ``keys`` say.
        """
        method, path = address.split(" ", 1)
        needed = self._scopes(address, method, anonymous=anonymous) if scopes is None else scopes
        missing = self._missing if missing is None else missing

        def declare(function: Function) -> Handler:
            completed = _completed(function, *answers)
            reads = Reads.of(function)
            first = completed[0]
            once = partial(Once.of, route=address, location=first.location)
            read = reading(function, missing, once=once)
            strict = read if any_query else strictly(read, reads)
            has_tag = is_tagged or _is_tagged(method, reads, first)
            handler = _answering(strict, first, missing, is_tagged=has_tag)
            summary, description = _texts(function)
            route = Route(
                method=method,
                path=path,
                handler=handler,
                tag=self._tag,
                about=self._about,
                summary=summary,
                description=description,
                reads=reads,
                headers=headers or _headers_of(method, reads, is_tagged=has_tag),
                takes=takes,
                answers=completed,
                missing=missing,
                problems=problems or {},
                anonymous=anonymous,
                scopes=needed,
                personal=self._personal,
                moderators=moderators,
                owners=owners,
                head=head,
                any_query=any_query,
            )
            _declared[handler] = route
            self._routes.append(route)
            return handler

        return declare

    def _scopes(self, address: str, method: str, *, anonymous: bool) -> tuple[Scope, ...] | None:
        if anonymous:
            return ()
        if self._keys is None:
            raise TypeError(f"{address} does not say what an access key needs for it")
        return scopes_for(self._keys, is_safe=method in SAFE_METHODS)


def _answering(read: Function, answer: Answer, missing: str, *, is_tagged: bool) -> Handler:
    """The function as a handler: what it returns becomes the response."""

    def respond(request: web.Request, value: Any) -> web.StreamResponse:
        if isinstance(value, web.StreamResponse):
            return value
        if answer.kind is None:
            return web.Response(status=answer.status)
        if value is None:
            raise not_found(missing)
        value = sealed(request, value)
        headers = {"Location": answer.location.format(value)} if answer.location else None
        language = language_of_client(request) if has_sentences(value) else None
        shown = value if language is None else translated(value, language)
        response = json_response(shown, status=answer.status, headers=headers)
        if language is not None:
            name_language(response.headers, language)
        if is_tagged:
            assert isinstance(response.body, bytes)
            response.headers[hdrs.ETAG] = etag = tag(value, response.body)
            if request.method in SAFE_METHODS and is_known(request, etag):
                return not_modified(etag, response.headers)
        return response

    @wraps(read)
    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            response = respond(request, await read(request))
        except RepeatedError as repeated:
            response = respond(request, msgspec.json.decode(repeated.body, type=answer.kind))
        if is_compressible(response):
            await compress(request, response)
        return response

    return handler


def _is_tagged(method: str, reads: Reads, answer: Answer) -> bool:
    """Whether the answer is a thing that has an ETag: one that is changed, or that the path names."""
    is_thing = not _names_many(method, reads) if reads.match else method == hdrs.METH_GET and reads.path is not None
    return answer.kind is not None and is_thing


def _names_many(method: str, reads: Reads) -> bool:
    """Whether the body names what is changed, of which there may be several."""
    return method == hdrs.METH_POST and reads.path is None


def _headers_of(method: str, reads: Reads, *, is_tagged: bool) -> type[msgspec.Struct] | None:
    """The headers that a route takes by its parameters."""
    if reads.once:
        return RepeatableChange if reads.match else IdempotencyHeader
    if reads.match:
        return IfMatchOneHeader if _names_many(method, reads) else IfMatchHeader
    return IfNoneMatchHeader if method == hdrs.METH_GET and is_tagged else None


def sealed(request: web.Request, page: Any) -> Any:
    """A page with the cursor of the next one as clients get it; anything else as it is."""
    cursor = getattr(page, "next_cursor", None)
    return page if cursor is None else msgspec.structs.replace(page, next_cursor=sealed_cursor(request, cursor))


def _completed(function: Function, *answers: Answer | str) -> tuple[Answer, ...]:
    """The answers; the first has the type that the function returns."""
    returned = get_type_hints(function)["return"]
    first, *others = (Answer(answer) if isinstance(answer, str) else answer for answer in answers)
    if returned is NoneType:
        first = msgspec.structs.replace(first, status=HTTPStatus.NO_CONTENT)
    kinds = [kind for kind in get_args(returned) or (returned,) if issubclass(kind, msgspec.Struct)]
    if kinds:
        first = msgspec.structs.replace(first, kind=kinds[0])
    return first, *others


def _texts(function: Function) -> tuple[str, str]:
    """Summary and description, with the lines of each paragraph joined."""
    summary, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
    return summary.rstrip("."), re.sub(r"(?<!\n)\n(?!\n)", " ", rest)


def file_answers(
    what: str, media: str, headers: Mapping[str, str], *, is_elsewhere: bool = False
) -> tuple[Answer, ...]:
    """The responses for a file of the vault: whole, a range, not modified, or a redirect.

    Args:
        headers: in addition to those of every such file.
        is_elsewhere: whether it may be a redirect to an object store.
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
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: f"The range is beyond the {what}'s end.",
    }

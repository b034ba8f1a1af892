"""What there is to say about one route. Examples are values of the handler's own types: mypy keeps them true."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, TypeAlias

import msgspec
from aiohttp.typedefs import Handler


class Answer(msgspec.Struct, frozen=True):
    """One way in which a call succeeds.

    Args:
        example: a value of the type that the handler answers with; a text for what is not JSON; None for no body,
            or for one that is bytes.
        headers: what the answer's own headers say, by name.
    """

    example: object
    description: str
    status: HTTPStatus = HTTPStatus.OK
    media: str | None = "application/json"
    headers: Mapping[str, str] = {}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A route's documentation.

    Args:
        summary: what the call does, in a few words; ``description`` is Markdown.
        path, query, headers: structs whose fields are the parameters.
        body: an example of the body's struct.
        problems: beyond those that every call of its kind can meet, by status.
        head: whether HEAD is a part of the promise.
    """

    tag: str
    summary: str
    description: str = ""
    path: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    headers: type[msgspec.Struct] | None = None
    body: msgspec.Struct | None = None
    answers: Sequence[Answer]
    problems: Mapping[HTTPStatus, str] = {}
    head: bool = False


class IdempotencyHeader(msgspec.Struct, rename={"key": "Idempotency-Key"}):
    """What calls take that begin work, so that they can be repeated (``http.wire.idempotency_key`` reads it)."""

    key: (
        Annotated[
            str,
            msgspec.Meta(
                min_length=1,
                max_length=255,
                pattern=r"^[!-~]+$",
                description="Within 24 hours the same key answers with what it began.",
                examples=["6f1c2a44"],
            ),
        ]
        | None
    ) = None


Operations: TypeAlias = Mapping[Handler, Operation]

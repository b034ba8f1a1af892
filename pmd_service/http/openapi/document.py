"""The OpenAPI 3.1 document, from the URL table, the operations, and the types that the handlers use."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, TypeAlias

import msgspec
from aiohttp import hdrs, web

from ..errors import Fault, Problem
from .operation import Answer, Operation, Operations

Json: TypeAlias = dict[str, Any]

PROBLEM_MEDIA = "application/problem+json"
_REF = "#/components/schemas/{name}"

_ABOUT = """\
Manage all of your posts at once, and take your work home.

Errors are problem documents (RFC 9457): `detail` is a sentence for people, `errors` names the faults of a body or of
a query by their path. An object that belongs to somebody else does not exist for you: 404.

Lists are read page by page: `next_cursor` of one page is the `cursor` of the next.

A moderator names the user for whom they act with `target_sqid`, on every call."""

_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "access_token",
        "description": "The same token. Calls that change something must come from the site's own pages.",
    },
}

_TARGET = {
    "name": "target_sqid",
    "in": "query",
    "required": False,
    "description": "For moderators: the public id of the user for whom they act.",
    "schema": {"type": "string"},
}

# What any call of a kind can meet, so that an operation names only its own problems.
_ANY = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side; it has been logged.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The service cannot do it just now; try again after `Retry-After` seconds.",
}
_GUARDED = {
    HTTPStatus.UNAUTHORIZED: "No token, a bad or expired one, or a user who may not sign in.",
    HTTPStatus.FORBIDDEN: "`target_sqid` without the role, or a write that comes from another site.",
    HTTPStatus.NOT_FOUND: "`target_sqid` names nobody.",
}
_QUERIED = {HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter is not as described; `errors` names it."}
_WITH_BODY = {
    HTTPStatus.BAD_REQUEST: "The body is not valid JSON in UTF-8.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 1 MiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/json`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The body is not as described; `errors` names the faults.",
}


def build_document(
    router: web.UrlDispatcher, operations: Operations, *, site_name: str, is_guarded: Callable[[str], bool]
) -> Json:
    """Every documented route, in the order of the URL table.

    Args:
        is_guarded: whether a path asks for a token.
    """
    routes = [(route, operations[route.handler]) for route in router.routes() if route.handler in operations]
    paths: dict[str, Json] = {}
    for route, operation in routes:
        if route.resource is None or (route.method == hdrs.METH_HEAD and not operation.head):
            continue
        path = route.resource.canonical
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, operation, guarded=is_guarded(path))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{site_name}: post management",
            "version": version("pmd-service"),
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for _route, operation in routes)],
        "paths": paths,
        "components": {"schemas": _schemas(operations), "securitySchemes": _SECURITY},
    }


def _operation(route: web.AbstractRoute, operation: Operation, *, guarded: bool) -> Json:
    is_head = route.method == hdrs.METH_HEAD
    verb, _, rest = route.handler.__name__.partition("_")
    document: Json = {
        "operationId": ("head" if is_head else verb) + "".join(word.capitalize() for word in rest.split("_")),
        "tags": [operation.tag],
        "summary": f"{operation.summary}: headers only" if is_head else operation.summary,
        "description": operation.description,
        "parameters": [
            *_parameters(operation.path, "path"),
            *_parameters(operation.query, "query"),
            *([_TARGET] if guarded else []),
            *_parameters(operation.headers, "header"),
        ],
        "responses": dict(sorted(_responses(operation, guarded=guarded, is_head=is_head))),
    }
    if operation.body is not None:
        document["requestBody"] = {"required": True, "content": {"application/json": _content(operation.body)}}
    if guarded:
        document["security"] = [{scheme: []} for scheme in _SECURITY]
    return {key: value for key, value in document.items() if value not in ("", [])}


def _parameters(kind: type[msgspec.Struct] | None, place: str) -> Iterator[Json]:
    if kind is None:
        return
    schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
    for name, of_field in schema["properties"].items():
        # An optional parameter is left out; there is no null in a URL.
        told = next((kinds for kinds in of_field.get("anyOf", ()) if kinds != {"type": "null"}), of_field)
        yield {
            "name": name,
            "in": place,
            "required": name in schema["required"],
            "description": told.get("description", ""),
            "schema": {key: value for key, value in told.items() if key != "description"},
        }


def _responses(operation: Operation, *, guarded: bool, is_head: bool) -> Iterator[tuple[str, Json]]:
    answers = {answer.status: answer for answer in operation.answers}
    for answer in answers.values():
        yield str(int(answer.status)), _answer(answer, is_head=is_head)
    common = [
        _ANY,
        _GUARDED if guarded else {},
        _QUERIED if operation.query else {},
        _WITH_BODY if operation.body else {},
        operation.problems,
    ]
    for status in {status for problems in common for status in problems} - answers.keys():
        # A status may have several causes: each is told.
        causes = [problems[status] for problems in common if status in problems]
        yield str(int(status)), _problem(status, " ".join(causes), is_head=is_head)


def _answer(answer: Answer, *, is_head: bool) -> Json:
    response: Json = {"description": answer.description}
    if answer.headers:
        response["headers"] = {name: _header(description) for name, description in answer.headers.items()}
    if answer.media and not is_head:
        response["content"] = {answer.media: _content(answer.example)}
    return response


def _problem(status: HTTPStatus, description: str, *, is_head: bool) -> Json:
    example = Problem(title=status.phrase, status=status, detail=_first_sentence(description))
    response: Json = {"description": description}
    if not is_head:
        response["content"] = {PROBLEM_MEDIA: _content(example)}
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response["headers"] = {"Retry-After": _header("Seconds until it may work.")}
    return response


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".").replace("`", "") + "."


def _header(description: str) -> Json:
    return {"description": description, "schema": {"type": "string"}}


def _content(example: object) -> Json:
    """A media type object: the example's type and the example itself; nothing is said about bytes."""
    if example is None:
        return {}
    if isinstance(example, str):
        return {"schema": {"type": "string"}, "example": example}
    return {"schema": {"$ref": _REF.format(name=type(example).__name__)}, "example": msgspec.to_builtins(example)}


def _schemas(operations: Operations) -> Mapping[str, Json]:
    """The schemas of all types that are answered or taken, and of those that they are made of."""
    examples = [answer.example for operation in operations.values() for answer in operation.answers]
    examples += [operation.body for operation in operations.values()]
    kinds = {type(example) for example in examples if isinstance(example, msgspec.Struct)}
    _schemas, components = msgspec.json.schema_components([*kinds, Problem, Fault], ref_template=_REF)
    return dict(sorted(components.items()))

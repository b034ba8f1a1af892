"""The OpenAPI 3.1 document, from the declared routes of the URL table and the types that their handlers use."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from importlib.metadata import version
from uuid import UUID

import msgspec
from aiohttp import hdrs, web

from ..errors import Problem
from ..etags import IfMatchHeader, IfNoneMatchHeader
from ..reading import TARGET
from ..route import EVENTS, Answer, Problems, Route, declared
from .example import example_of
from .schemas import REF, Json, schemas_of

_JSON = "application/json"
PROBLEM_MEDIA = "application/problem+json"

_ABOUT = """\
Manage all of your posts at once, and take your work home.

Errors are problem documents (RFC 9457): `detail` is a message for users, `errors` names the faults of a body or of
a query by their path. Another user's objects do not exist for you: 404.

Lists have pages: the `next_cursor` of one page is the `cursor` of the next.

A moderator names the user for whom they act with `target_sqid`, on every call."""

_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "pmd_…",
        "description": "An access key, which needs all of the scopes that a call names. Calls without it take no keys.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "access_token",
        "description": "The same token. Calls that change something must come from the site's own pages.",
    },
}

_TARGET = {
    "name": TARGET,
    "in": "query",
    "required": False,
    "description": "For moderators: the public id of the user for whom they act.",
    "schema": {"type": "string"},
}

_RATES = {
    "RateLimit-Policy": "The quotas that this call is counted against, and their windows in seconds.",
    "RateLimit": "What is left of each, and the seconds until it is whole again.",
}

# The problems common to all calls of a kind; a route declares only its own.
_ANY = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side; it has been logged.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A dependency is unavailable at the moment; try again after `Retry-After` seconds.",
}
_GUARDED = {
    HTTPStatus.UNAUTHORIZED: "No token or key, a bad or expired one, or a user who may not sign in.",
    HTTPStatus.FORBIDDEN: "`target_sqid` without the role or by a key, a key without the scope, or a write from "
    "another site.",
    HTTPStatus.NOT_FOUND: "`target_sqid` is not a user.",
}
_KEYED = {HTTPStatus.TOO_MANY_REQUESTS: "Too many requests by this access key in a minute."}
_MODERATED = {HTTPStatus.FORBIDDEN: "You are not a moderator."}
_OWNED = {HTTPStatus.FORBIDDEN: "You are not an owner of the site."}
_PAGED = {HTTPStatus.UNPROCESSABLE_ENTITY: "The cursor is not one of this list and user."}
_MATCHED = {HTTPStatus.PRECONDITION_FAILED: "It has been changed since: `If-Match` names another `ETag`."}
_REPEATED = {
    HTTPStatus.CONFLICT: "The request with this `Idempotency-Key` is still running, or its answer had a secret.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The `Idempotency-Key` was used for another request.",
}
_QUERIED = {HTTPStatus.UNPROCESSABLE_ENTITY: "A query parameter is unknown or invalid; `errors` names it."}
_WITH_BODY = {
    HTTPStatus.BAD_REQUEST: "The body is not valid JSON in UTF-8.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 1 MiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/json`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The body is invalid; `errors` names the faults.",
}


def build_document(
    router: web.UrlDispatcher,
    messages: Mapping[str, type[msgspec.Struct]],
    followed: Mapping[str, tuple[type, type[msgspec.Struct]]],
    *,
    site_name: str,
) -> Json:
    """The document of all declared routes, in the order of the URL table.

    Args:
        messages: what webhooks are sent, by the event's name.
        followed: the kinds that streams follow, with the types of their ids and states.
    """
    routes = [(line, route) for line in router.routes() if (route := declared(line.handler))]
    states = {state for _id, state in followed.values()}
    found = schemas_of([route for _line, route in routes], [*messages.values(), *states])
    schemas = dict(sorted({**found, **_events(followed)}.items()))
    tags = [route.tag for _line, route in routes]
    about = {route.tag: route.about for _line, route in routes if route.about}
    paths: dict[str, Json] = {}
    for line, route in routes:
        if line.resource is not None and (line.method != hdrs.METH_HEAD or route.head):
            operation = _Operation(line.method, route, schemas).document()
            paths.setdefault(line.resource.canonical, {})[line.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{site_name}: post management",
            "version": version("pmd-service"),
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": about[tag]} for tag in dict.fromkeys(tags)],
        "paths": paths,
        "webhooks": {name: {"post": _webhook(name, kind, schemas)} for name, kind in messages.items()},
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }


class _Operation:
    """One method of one path."""

    def __init__(self, method: str, route: Route, schemas: Mapping[str, Json]) -> None:
        self._route = route
        self._is_head = method == hdrs.METH_HEAD
        self._schemas = schemas

    def document(self) -> Json:
        route = self._route
        verb, _, rest = route.handler.__name__.partition("_")
        document: Json = {
            "operationId": ("head" if self._is_head else verb) + "".join(word.capitalize() for word in rest.split("_")),
            "tags": [route.tag],
            "summary": f"{route.summary}: headers only" if self._is_head else route.summary,
            "description": route.description,
            "parameters": [
                *_parameters(route.reads.path, "path"),
                *_parameters(route.reads.query, "query"),
                *([] if route.anonymous else [_TARGET]),
                *_parameters(route.headers, "header"),
            ],
            "responses": dict(sorted(self._responses())),
        }
        if route.reads.body is not None:
            content = {_JSON: self._content(route.reads.body)}
            document["requestBody"] = {"required": route.reads.body_required, "content": content}
        elif route.takes is not None:
            content = {route.takes.media: {"schema": dict(route.takes.schema)}}
            document["requestBody"] = {"required": route.takes.required, "content": content}
        document = {key: value for key, value in document.items() if value not in ("", [])}
        return document | {"security": [] if route.anonymous else _security(route)}

    def _responses(self) -> Iterator[tuple[str, Json]]:
        answers = {answer.status: answer for answer in self._route.answers}
        for answer in answers.values():
            yield str(int(answer.status)), self._answer(answer)
        if self._route.headers is IfNoneMatchHeader:
            yield "304", {"description": "It is what you have."}
        problems = _problems(self._route)
        for status in {status for some in problems for status in some} - answers.keys():
            causes = [some[status] for some in problems if status in some]
            yield str(int(status)), self._problem(status, " ".join(causes))

    def _answer(self, answer: Answer) -> Json:
        response: Json = {"description": answer.description}
        location = {"Location": "Where it is."} if answer.location else {}
        if answer.kind and self._route.headers in (IfMatchHeader, IfNoneMatchHeader):
            location["ETag"] = "For `If-None-Match`, and for `If-Match` of a change."
        if headers := {**location, **answer.headers}:
            response["headers"] = {name: _header(description) for name, description in headers.items()}
        media = answer.media or (_JSON if answer.kind else None)
        if media and not self._is_head:
            content = self._content(answer.kind) if answer.kind else {}
            if answer.example is not None:
                content = {"schema": {"type": "string"}} | content | {"example": msgspec.to_builtins(answer.example)}
            if media == EVENTS:
                # Of each event; OpenAPI 3.2 calls it itemSchema.
                events = {"contentMediaType": EVENTS, "contentSchema": {"$ref": REF.format(name="StreamEvent")}}
                content["schema"] = {"type": "string", **events}
            response["content"] = {media: content}
        return response

    def _problem(self, status: HTTPStatus, description: str) -> Json:
        detail = description.partition(". ")[0].rstrip(".").replace("`", "") + "."
        response: Json = {"description": description}
        if not self._is_head:
            example = Problem(title=status.phrase, status=status, detail=detail)
            content = self._content(Problem) | {"example": msgspec.to_builtins(example)}
            response["content"] = {PROBLEM_MEDIA: content}
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            response["headers"] = {"Retry-After": _header("Seconds until it may work.")}
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            response["headers"] |= {name: _header(description) for name, description in _RATES.items()}
        return response

    def _content(self, kind: type[msgspec.Struct]) -> Json:
        schema = {"$ref": REF.format(name=kind.__name__)}
        return {"schema": schema, "example": example_of(schema, self._schemas)}


def _events(followed: Mapping[str, tuple[type, type[msgspec.Struct]]]) -> dict[str, Json]:
    """The schemas of the events of streams, ``StreamEvent`` of any: one JSON object for an event's three fields."""
    events: dict[str, Json] = {}
    for kind, (id_type, state) in followed.items():
        own_id = {"type": "string", "format": "uuid"} if id_type is UUID else {"type": "integer"}
        name = "".join(word.capitalize() for word in kind.split("_"))
        removed = {"type": "object", "properties": {"id": own_id}, "required": ["id"]}
        events[f"{name}UpdateEvent"] = _event(f"{kind}_update", {"$ref": REF.format(name=state.__name__)}, has_id=True)
        events[f"{name}RemovedEvent"] = _event(f"{kind}_removed", removed, has_id=True)
    nothing, why = {"type": "object"}, {"type": "object", "properties": {"detail": {"type": "string"}}}
    for name, data in (
        ("connected", nothing), ("ping", nothing), ("timeout", nothing), ("superseded", why), ("signed_out", why),
    ):  # fmt: skip
        events["".join(word.capitalize() for word in name.split("_")) + "Event"] = _event(name, data)
    names = {each["properties"]["event"]["const"]: REF.format(name=name) for name, each in events.items()}
    anything = {
        "description": "An event of a stream: its fields `event`, `id`, and `data`, which is JSON.",
        "oneOf": [{"$ref": reference} for reference in names.values()],
        "discriminator": {"propertyName": "event", "mapping": names},
    }
    return {**events, "StreamEvent": anything}


def _event(name: str, data: Json, *, has_id: bool = False) -> Json:
    properties = {"event": {"const": name}, **({"id": {"type": "string"}} if has_id else {}), "data": data}
    return {"type": "object", "title": name, "properties": properties, "required": [*properties]}


def _security(route: Route) -> list[Json]:
    """The ways to call it; beside a key's scheme stand the scopes that it needs, all of them."""
    ways: list[Json] = [{"bearer": []}, {"cookie": []}]
    return ways if route.scopes is None else [*ways, {"key": list(route.scopes)}]


_SIGNED = (
    ("webhook-id", "Of the message; the same when it is sent again."),
    ("webhook-timestamp", "When it is sent, in seconds since 1970."),
    (
        "webhook-signature",
        "`v1,` and the HMAC-SHA256 of id, timestamp and body with full stops between; several by spaces.",
    ),
)


def _webhook(name: str, kind: type[msgspec.Struct], schemas: Mapping[str, Json]) -> Json:
    """What a webhook's server is sent (https://www.standardwebhooks.com)."""
    schema = {"$ref": REF.format(name=kind.__name__)}
    return {
        "operationId": f"on{kind.__name__.removeprefix('Webhook')}",
        "tags": ["Webhooks"],
        "summary": f"{name}: {kind.__doc__}",
        "parameters": [
            {"name": header, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}
            for header, about in _SIGNED
        ],
        "requestBody": {
            "required": True,
            "content": {_JSON: {"schema": schema, "example": example_of(schema, schemas)}},
        },
        "responses": {
            "2XX": {"description": "Delivered, within 10 seconds."},
            "410": {"description": "The webhook is switched off."},
            "default": {"description": "It is sent again, for three days."},
        },
        "security": [],
    }


def _problems(route: Route) -> list[Problems]:
    """The problems of all calls of its kind, then its own."""
    reads, own = route.reads, route.problems
    cursor = reads.query is not None and "cursor" in reads.query.__struct_fields__
    unknown = {HTTPStatus.NOT_FOUND: f"There is no such {route.missing}."}
    return [
        _ANY,
        {} if route.anonymous else _GUARDED,
        {} if route.anonymous or route.scopes is None else _KEYED,
        _MODERATED if route.moderators else {},
        _OWNED if route.owners else {},
        {} if route.any_query else _QUERIED,
        _WITH_BODY if reads.body else {},
        _PAGED if cursor else {},
        _REPEATED if reads.once else {},
        _MATCHED if reads.match else {},
        unknown if reads.path and HTTPStatus.NOT_FOUND not in own else {},
        own,
    ]


def _parameters(kind: type[msgspec.Struct] | None, place: str) -> Iterator[Json]:
    if kind is None:
        return
    schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
    for name, of_field in schema["properties"].items():
        # A URL has no null: an optional parameter is left out.
        own = next((kinds for kinds in of_field.get("anyOf", ()) if kinds != {"type": "null"}), of_field)
        yield {
            "name": name,
            "in": place,
            "required": name in schema["required"],
            "description": own.get("description", ""),
            "schema": {key: value for key, value in own.items() if key != "description"},
            **({"example": example_of(own, {})} if place == "path" else {}),
        }


def _header(description: str) -> Json:
    return {"description": description, "schema": {"type": "string"}}

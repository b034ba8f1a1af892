"""What a process needs once for all its tests, and the service once for each of its servers."""

import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import msgspec
import structlog
from aiohttp.web import AbstractRoute, AbstractRouteDef, UrlDispatcher

from pmd_service.base.pooler import require_sessions
from pmd_service.http.openapi.page import Documentation, documented

_documented: dict[str, Documentation] = {}
_with_sessions: set[str] = set()
_described: dict[tuple[int, ...], Any] = {}
_LAST_BUILTIN_OID = 16383


def _documented_once(
    router: UrlDispatcher,
    messages: Mapping[str, type[msgspec.Struct]],
    followed: Mapping[str, tuple[type, type[msgspec.Struct]]],
    *,
    site_name: str,
) -> Documentation:
    """All servers of a process have one URL table, and so one document: making it takes longer than many a test."""
    if site_name not in _documented:
        _documented[site_name] = documented(router, messages, followed, site_name=site_name)
    return _documented[site_name]


class _TableOnce(AbstractRouteDef):
    """The routes of all servers of a process are the same objects: to make them is most of making a server."""

    def __init__(self, tables: Iterable[Iterable[AbstractRouteDef]]) -> None:
        self._made = UrlDispatcher()
        for table in tables:
            self._made.add_routes([*table])

    def register(self, router: UrlDispatcher) -> list[AbstractRoute]:
        for resource in self._made.resources():
            router.register_resource(resource)
        return [*self._made.routes()]


async def _require_sessions_once(dsn: str) -> None:
    """No pooler comes before a test's database that was not there before: to try it takes half a server's start."""
    if dsn not in _with_sessions:
        await require_sessions(dsn)
        _with_sessions.add(dsn)


_describe = vars(asyncpg.Connection)["_introspect_types"]


async def _describe_once(connection: asyncpg.Connection, oids: Sequence[int], *limit: float | None) -> Any:
    """Postgres' own types are the same everywhere: each new connection reads its arrays by a query of 5 to 10 ms."""
    types = tuple(sorted(oids))
    if max(types) > _LAST_BUILTIN_OID:
        return await _describe(connection, oids, *limit)
    if types not in _described:
        _described[types] = await _describe(connection, oids, *limit)
    return _described[types]


def remember_types() -> None:
    type.__setattr__(asyncpg.Connection, "_introspect_types", _describe_once)


def install() -> None:
    remember_types()
    # jsonschema imports it to check IRIs, of which no schema here has any: its grammars take each process seconds.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    # By default rich draws each exception that is logged, with all its locals: half a second of CPU.
    *before, _rich = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])
    app = vars(importlib.import_module("pmd_service.app"))
    app["documented"] = _documented_once
    app["ROUTES"] = ([_TableOnce(app["ROUTES"])],)
    for module in ("base.database", "jobs"):
        vars(importlib.import_module(f"pmd_service.{module}"))["require_sessions"] = _require_sessions_once

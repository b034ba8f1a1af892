"""Finding work of every kind, by statements generated from the kinds' rows in ``work_kinds``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias, get_args

import asyncpg
import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, like
from ...base.public_ids import PublicIds
from ...identity.users import find_named
from ...work.registry import RegisteredKind

State: TypeAlias = Literal["waiting", "running", "failed", "ended"]
NextStep: TypeAlias = Literal["retry", "user", "address"]
STATES: tuple[State, ...] = get_args(State)
MAX_PAGE = 200
# A list's time limit: ended rows have no index of their own, so an unfiltered list of them may take long.
LIST_MS = 5_000


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter; a field without a value does not restrict."""

    state: Annotated[State, Meta(description="Default: waiting, running and failed.")] | None = None
    kind: Annotated[str, Meta(max_length=40, description="The name of a kind of work.")] | None = None
    user: Annotated[str, Meta(max_length=200, description="A public id, or a handle.")] | None = None
    error: Annotated[str, Meta(max_length=200, description="Part of the error message or its code.")] | None = None
    attempt: Annotated[int, Meta(ge=1, le=10_000, description="With at least this many attempts.")] | None = None
    since: Annotated[int, Meta(ge=1, le=24 * 365, description="Within this many hours.")] | None = None
    id: Annotated[str, Meta(max_length=64, description="The row's id.")] | None = None
    request: Annotated[str, Meta(max_length=64, description="The id of the HTTP request that created it.")] | None = (
        None
    )


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """A row of work; ``at`` is when it ended, or else was created."""

    kind: Annotated[str, Meta(examples=["looking"])]
    id: Annotated[str, Meta(examples=["0b0f4a5e-6f44-4d3e-9b5f-0d5a6f1c2d3e"])]
    state: Annotated[State, Meta(examples=["failed"])]
    status: Annotated[str, Meta(examples=["failed"])]
    title: Annotated[str, Meta(examples=["boss.png"])]
    user_sqid: Annotated[str, Meta(examples=["Uk7c"])]
    handle: Annotated[str | None, Meta(examples=["alice"])]
    attempt: Annotated[int, Meta(examples=[2])]
    faults: int
    error: Annotated[str | None, Meta(examples=["The picture's data ends early."])]
    code: Annotated[str | None, Meta(examples=["broken_media"])]
    next_step: Annotated[NextStep | None, Meta(examples=["user"])]  # of failed rows
    created_at: datetime
    at: datetime
    request_id: str | None


# Each state in a kind's own status values.
_IS: Mapping[State, str] = {
    "waiting": "{status} = '{waiting}'",
    "running": "{status} = '{running}'",
    "failed": "{status} = '{failed}'",
    "ended": "{status} NOT IN ('{waiting}', '{running}', '{failed}')",
}


def _words(kind: RegisteredKind) -> dict[str, str]:
    return {name: getattr(kind, name) for name in ("status", "waiting", "running", "failed")}


def select(kind: RegisteredKind, state: State, where: str, limit: str) -> str:
    """A kind's rows of a state, newest first."""
    at = kind.ended if state in ("failed", "ended") else kind.created
    return f"""
(SELECT '{kind.name}' AS kind, id::text AS id, user_id, '{state}' AS state, {kind.status}::text AS status,
        left(({kind.title})::text, 300) AS title, attempt, faults::int AS faults, {kind.error} AS error,
        {kind.code} AS code, {f"({kind.next_step})" if state == "failed" else "NULL"} AS next_step,
        {kind.created} AS created_at, coalesce({at}, {kind.created}) AS at, request_id
   FROM {kind.source}
  WHERE {kind.wanted} AND {_IS[state].format(**_words(kind))}{where}
  ORDER BY {at} DESC {limit})"""


async def find_work(
    connection: Connection,
    ids: PublicIds,
    kinds: Sequence[RegisteredKind],
    asked: Filter,
    *,
    limit: int = MAX_PAGE,
    retryable_before: datetime | None = None,
) -> Sequence[WorkItem]:
    """The newest work that matches the filter.

    Args:
        retryable_before: only failed rows that ended before this and whose next step is a retry.

    Raises:
        asyncpg.QueryCanceledError: it takes too long; filtering by user or time helps.
    """
    users = None if asked.user is None else [user.id for user in await find_named(connection, ids, asked.user)]
    chosen = [kind for kind in kinds if asked.kind in (None, kind.name) and (asked.id is None or kind.is_id(asked.id))]
    if not chosen or users == []:
        return []
    filters = {
        "users": users,
        "error": None if asked.error is None else like(asked.error),
        "attempt": asked.attempt,
        "since": asked.since,
        "id": asked.id,
        "request": asked.request,
        "retryable_before": retryable_before,
    }
    values = {name: value for name, value in filters.items() if value is not None}
    marks = {name: f"${number}" for number, name in enumerate(values, start=2)}
    states = [asked.state] if asked.state else STATES[:3]
    selects = [select(kind, state, _where(kind, marks), "LIMIT $1") for kind in chosen for state in states]
    newest = f"SELECT * FROM ({' UNION ALL '.join(selects)}) AS found ORDER BY at DESC LIMIT $1"
    async with connection.transaction(readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = {LIST_MS}")
        rows = await connection.fetch(f"{_with_users(newest)} ORDER BY at DESC", limit, *values.values())
    return [item_of(ids, row) for row in rows]


def _where(kind: RegisteredKind, marks: Mapping[str, str]) -> str:
    """The conditions of the given filters; ``marks`` are their parameters."""
    conditions = {
        "users": "user_id = ANY({})",
        "error": f"concat_ws(' ', {kind.error}, {kind.code}) ILIKE '%' || {{}} || '%'",
        "attempt": "attempt >= {}",
        "since": f"coalesce({kind.ended}, {kind.created}) > now() - make_interval(hours => {{}})",
        "id": f"id = {{}}::text::{kind.key}",
        "request": "request_id = {}",
        "retryable_before": f"coalesce({kind.ended}, {kind.created}) < {{}} AND ({kind.next_step}) = 'retry'",
    }
    return "".join(f" AND {conditions[name].replace('{}', mark)}" for name, mark in marks.items())


def _with_users(rows: str) -> str:
    """Joins the users; one that has gone has no handle."""
    return f"SELECT found.*, public_sqid, handle FROM ({rows}) AS found LEFT JOIN users ON users.id = user_id"


def item_of(ids: PublicIds, row: asyncpg.Record) -> WorkItem:
    columns = dict(row)
    sqid = ids.of(columns.pop("user_id"), columns.pop("public_sqid"))
    return msgspec.convert(columns | {"user_sqid": sqid}, WorkItem)


async def find_row(
    connection: Connection | Pool, kinds: Sequence[RegisteredKind], kind: str, row_id: str
) -> asyncpg.Record | None:
    """A row of work in any state, with its ``user_id``; ``item_of`` converts it."""
    registered = next((each for each in kinds if each.name == kind and each.is_id(row_id)), None)
    if registered is None:
        return None
    selects = [select(registered, state, _where(registered, {"id": "$1"}), "LIMIT 1") for state in STATES]
    return await connection.fetchrow(_with_users(" UNION ALL ".join(selects)), row_id)

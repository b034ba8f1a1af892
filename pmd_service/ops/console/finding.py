"""Finding work of every kind, for operators."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import asyncpg
import msgspec
from msgspec import Meta

from ...base.database import Connection, like
from ...base.public_ids import PublicIds
from ...identity.users import find_named
from ...locales import Sentence

State: TypeAlias = Literal["waiting", "running", "failed", "ended"]
NextStep: TypeAlias = Literal["retry", "user", "address"]
MAX_PAGE = 200
# A list's time limit: a list reads all work.
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

    kind: Annotated[str, Meta(examples=["probe"])]
    id: Annotated[str, Meta(examples=["0b0f4a5e-6f44-4d3e-9b5f-0d5a6f1c2d3e"])]
    state: Annotated[State, Meta(examples=["failed"])]
    title: Annotated[str, Meta(examples=["boss.png"])]
    user_sqid: Annotated[str, Meta(examples=["Uk7c"])]
    handle: Annotated[str | None, Meta(examples=["alice"])]
    attempt: Annotated[int, Meta(examples=[2])]
    fault_count: int
    error_message: Annotated[Sentence | None, Meta(examples=["The picture's data ends early."])]
    code: Annotated[str | None, Meta(examples=["broken_media"])]
    next_step: Annotated[NextStep | None, Meta(examples=["user"])]  # of failed rows
    created_at: datetime
    at: datetime
    request_id: str | None


# Failed and unfinished rows; a page of them is chosen before their owners are read. $2: a state, or null: all.
_FIND = """
SELECT found.*, public_sqid, handle
  FROM (SELECT kind, subject AS id, user_id, state, title, attempt, faults AS fault_count, error AS error_message, code,
               next_step, created_at, coalesce(ended_at, created_at) AS at, request_id
          FROM work
         WHERE ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR kind = $3)
           AND ($4::int[] IS NULL OR user_id = ANY ($4))
           AND ($5::text IS NULL OR concat_ws(' ', error, code) ILIKE '%' || $5 || '%')
           AND ($6::int IS NULL OR attempt >= $6)
           AND ($7::int IS NULL OR coalesce(ended_at, created_at) > now() - make_interval(hours => $7))
           AND ($8::text IS NULL OR subject = $8) AND ($9::text IS NULL OR request_id = $9)
           AND ($10::timestamptz IS NULL OR ended_at < $10 AND next_step = 'retry')
         ORDER BY coalesce(ended_at, created_at) DESC LIMIT $1) AS found
  LEFT JOIN users ON users.id = user_id
 ORDER BY at DESC
"""
# Work that ended well within the last two weeks, by its last attempt.
_FIND_ENDED = """
SELECT found.*, public_sqid, handle
  FROM (SELECT kind, subject AS id, user_id, 'ended' AS state, title, attempt, 0 AS fault_count, error AS error_message,
               NULL AS code, NULL AS next_step, created_at, ended_at AS at, request_id
          FROM work_attempts
         WHERE outcome = 'done' AND ($2::text IS NULL OR kind = $2)
           AND ($3::int[] IS NULL OR user_id = ANY ($3))
           AND ($4::text IS NULL OR error ILIKE '%' || $4 || '%') AND ($5::int IS NULL OR attempt >= $5)
           AND ($6::int IS NULL OR ended_at > now() - make_interval(hours => $6))
           AND ($7::text IS NULL OR subject = $7) AND ($8::text IS NULL OR request_id = $8)
         ORDER BY id DESC LIMIT $1) AS found
  LEFT JOIN users ON users.id = user_id
 ORDER BY at DESC
"""


async def find_work(
    connection: Connection,
    ids: PublicIds,
    wanted: Filter,
    *,
    limit: int,
    retryable_before: datetime | None = None,
) -> Sequence[WorkItem]:
    """The newest work that matches the filter.

    Args:
        retryable_before: only failed rows that ended before this and whose next step is a retry.

    Raises:
        asyncpg.QueryCanceledError: it takes too long; filtering by user or time helps.
    """
    users = None if wanted.user is None else [user.id for user in await find_named(connection, ids, wanted.user)]
    if users == []:
        return []
    error = None if wanted.error is None else like(wanted.error)
    filters = (wanted.kind, users, error, wanted.attempt, wanted.since, wanted.id, wanted.request)
    async with connection.transaction(readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = {LIST_MS}")
        if wanted.state == "ended":
            rows = await connection.fetch(_FIND_ENDED, limit, *filters)
        else:
            rows = await connection.fetch(_FIND, limit, wanted.state, *filters, retryable_before)
    return [item_of(ids, row) for row in rows]


def item_of(ids: PublicIds, row: asyncpg.Record) -> WorkItem:
    columns = dict(row)
    sqid = ids.of(columns.pop("user_id"), columns.pop("public_sqid"))
    return msgspec.convert(columns | {"user_sqid": sqid}, WorkItem)


async def find_row(connection: Connection, kind: str, row_id: str) -> asyncpg.Record | None:
    """A piece of work in any state, with its ``user_id``; ``item_of`` converts it."""
    of_row = (kind, None, None, None, None, row_id, None)
    rows = await connection.fetch(_FIND, 1, None, *of_row, None)
    rows = rows or await connection.fetch(_FIND_ENDED, 1, *of_row)
    return rows[0] if rows else None

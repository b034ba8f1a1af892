"""The rows of browsers, by the SHA-256 of their token. A token that is ended here is refused, whatever issued it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

import asyncpg
import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, find_values, forget
from ...http.wire import Cursor, PageQuery
from .browsers import name_of


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser; ``is_this`` is the one that asks. Times are written once in half a minute."""

    id: Annotated[int, Meta(examples=[4])]
    browser: Annotated[str, Meta(examples=["Firefox 145 on Linux"])]
    is_phone: bool
    address: Annotated[str, Meta(examples=["203.0.113.7"])]
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_this: bool


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, the latest sign-in first; ``next_cursor`` is null on the last one."""

    items: Sequence[Session]
    next_cursor: str | None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A browser's request."""

    user_id: int
    credential: bytes
    user_agent: str
    address: IPv4Address | IPv6Address
    at: datetime
    expires_at: datetime


_SELECT = """
SELECT id, browser AS user_agent, host(address) AS address, created_at, seen_at AS last_used_at, expires_at,
       digest = $2 AS is_this
  FROM browser_session
 WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now()"""
_FIND = f"{_SELECT} AND id = $3"
_LIST = f"""{_SELECT} AND (created_at, id) < ($3, $4)
 ORDER BY created_at DESC, id DESC
 LIMIT $5
"""

_WRITE = """
INSERT INTO browser_session (user_id, digest, browser, address, created_at, seen_at, expires_at)
SELECT user_id, digest, browser, address, at, at, expires_at
  FROM unnest($1::int[], $2::bytea[], $3::text[], $4::inet[], $5::timestamptz[], $6::timestamptz[])
       AS seen (user_id, digest, browser, address, at, expires_at)
    ON CONFLICT (digest) DO UPDATE
   SET browser = excluded.browser, address = excluded.address,
       seen_at = greatest(browser_session.seen_at, excluded.seen_at)
"""

# Which server has the streams, and the requests under way, is not known: all are notified.
_END = """
WITH ended AS (UPDATE browser_session SET ended_at = now()
                WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now() AND {which}
               RETURNING user_id, digest)
SELECT count(pg_notify('pmd_changed', concat_ws(' ', user_id, 'signed_out', encode(digest, 'hex')))) FROM ended
"""
_END_ONE = _END.format(which="id = $2")
_END_OTHERS = _END.format(which="digest <> $2")
_FORGET = "DELETE FROM browser_session WHERE digest = $1 AND ended_at IS NULL"
_ENDED = "SELECT digest FROM browser_session WHERE digest = ANY ($1) AND ended_at IS NOT NULL"
# A token that has expired is refused without its row.
_DELETE_EXPIRED = """
DELETE FROM browser_session
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM browser_session WHERE expires_at < now() LIMIT $1))
"""


async def list_sessions(
    connection: Connection | Pool, *, user_id: int, credential: bytes, query: PageQuery
) -> SessionPage:
    after = Cursor.parse(query.cursor)
    rows = await connection.fetch(_LIST, user_id, credential, after.created_at, after.id, query.limit + 1)
    sessions = [_session(row) for row in rows]
    return SessionPage(items=sessions[: query.limit], next_cursor=Cursor.behind(sessions, query.limit))


async def find_session(
    connection: Connection | Pool, *, user_id: int, credential: bytes, session_id: int
) -> Session | None:
    row = await connection.fetchrow(_FIND, user_id, credential, session_id)
    return None if row is None else _session(row)


def _session(row: asyncpg.Record) -> Session:
    columns = dict(row)
    browser, is_phone = name_of(columns.pop("user_agent"))
    return Session(browser=browser, is_phone=is_phone, **columns)


async def write_seen(connection: Connection | Pool, seen: Collection[Seen]) -> None:
    """Note the browsers' requests, with browsers that are new."""
    if seen:
        each = [(s.user_id, s.credential, s.user_agent, s.address, s.at, s.expires_at) for s in seen]
        await connection.execute(_WRITE, *map(list, zip(*each, strict=True)))


async def end_session(connection: Connection | Pool, *, user_id: int, session_id: int) -> bool:
    """Refuse a browser's token from now on; False if it is none of the user's, or has ended."""
    count: int = await connection.fetchval(_END_ONE, user_id, session_id)
    return count > 0


async def end_others(connection: Connection | Pool, *, user_id: int, credential: bytes) -> int:
    """Refuse the tokens of all browsers but this one; returns how many."""
    count: int = await connection.fetchval(_END_OTHERS, user_id, credential)
    return count


async def forget_session(connection: Connection | Pool, credential: bytes) -> None:
    """A browser forgets its cookie; a site's page may send the same token again later."""
    await connection.execute(_FORGET, credential)


async def find_ended(connection: Connection | Pool, credentials: Sequence[bytes]) -> set[bytes]:
    """Those of browsers that have been signed out."""
    return {*await find_values(connection, _ENDED, credentials)} if credentials else set()


async def delete_expired(pool: Pool) -> int:
    return await forget(pool, _DELETE_EXPIRED)

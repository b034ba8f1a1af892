"""Access keys: their rows, who holds one, and when it was used."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, find_all, find_one, find_values, forget, lock
from ...base.public_ids import PublicIds
from ...base.settings import Network
from ...base.telemetry import log
from ...http.errors import conflict, require, unprocessable
from ...http.etags import IfMatch
from ...http.patterns import NOT_BLANK
from ...http.scopes import Scope, can_delete, completed
from ...http.wire import Cursor, PageQuery
from ..users import IN_GOOD_STANDING, Actor, HeldKey, User, user_of
from .form import HINT_CHARACTERS, digest_of, new_key

MAX_KEYS = 50
MAX_NETWORKS = 10
# Of a key by which something can be lost for good.
MAX_DELETE_DAYS = 30
# For how long a key is listed after its end.
KEEP_DAYS = 30

Name = Annotated[str, Meta(min_length=1, max_length=80, examples=["Aseprite export"]), NOT_BLANK]
Days = Annotated[int, Meta(ge=1, le=3650, description="In how many days it ends; null: never.", examples=[90])]
Scopes = Annotated[
    Sequence[Scope],
    Meta(
        min_length=1,
        max_length=30,
        description="What it may do. To write or delete things includes to read them.",
        examples=[["posts:read", "uploads:write"]],
    ),
]


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """An access key, without its secret; ``hint`` is how it begins. Uses are written once in half a minute."""

    id: Annotated[int, Meta(examples=[4])]
    name: Name
    hint: Annotated[str, Meta(examples=["pmd_7QdX"])]
    scopes: Scopes
    networks: Annotated[Sequence[str], Meta(examples=[["203.0.113.0/24"]])]
    made_by: Annotated[Literal["page", "device"], Meta(examples=["page"])]
    created_at: datetime
    expires_at: datetime | None
    first_used_at: datetime | None
    last_used_at: datetime | None
    last_used_from: Annotated[str | None, Meta(examples=["203.0.113.7"])]
    uses_today: Annotated[int, Meta(description="Since 00:00 UTC.", examples=[312])]
    revoked_at: datetime | None

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares: no use is a change of it."""
        return self.name, self.expires_at, self.revoked_at


class KeyPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[AccessKey]
    next_cursor: str | None


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/keys; without networks the key may be used from anywhere."""

    name: Name
    scopes: Scopes
    expires_in_days: Days | None
    networks: Annotated[Sequence[str], Meta(max_length=MAX_NETWORKS, examples=[["203.0.113.0/24"]])] = ()


class KeyChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PATCH /api/pmd/keys/{key_id}; omitted fields stay unchanged."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    expires_in_days: Days | msgspec.UnsetType | None = msgspec.UNSET


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key and its secret, which is shown only now."""

    key: AccessKey
    secret: Annotated[str, Meta(examples=["pmd_7QdX2mYk9sVt4LbN8cRwZ3hPfJ6uGa0E1xyz"])]

    @property
    def id(self) -> int:
        """For the ``Location``."""
        return self.key.id


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The user of a valid key."""

    user: User
    key: HeldKey


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """How often a key was used since the last time that this was written, and when and from where at last."""

    key_id: int
    count: int
    at: datetime
    address: IPv4Address | IPv6Address


_COLUMNS = """
id, name, hint, scopes, networks::text[] AS networks, made_by, created_at, expires_at, first_used_at, last_used_at,
host(last_used_from) AS last_used_from, revoked_at,
CASE WHEN used_on = (now() AT TIME ZONE 'UTC')::date THEN uses ELSE 0 END AS uses_today
"""
_IS_VALID = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"
_LIST = f"""
SELECT {_COLUMNS} FROM access_key
 WHERE user_id = $1 AND (created_at, id) < ($2, $3)
 ORDER BY created_at DESC, id DESC
 LIMIT $4
"""
_FIND = f"SELECT {_COLUMNS} FROM access_key WHERE id = $2 AND user_id = $1"
_COUNT = f"SELECT count(*) FROM access_key WHERE user_id = $1 AND {_IS_VALID}"
_INSERT = f"""
INSERT INTO access_key (user_id, name, digest, hint, scopes, networks, made_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING {_COLUMNS}
"""
_CHANGE = f"""
UPDATE access_key SET name = coalesce($3, name), expires_at = CASE WHEN $4 THEN $5 ELSE expires_at END
 WHERE id = $2 AND user_id = $1 AND {_IS_VALID}
RETURNING {_COLUMNS}
"""
# Which server has the streams, and the requests under way, is not known: all are notified.
_REVOKE = """
WITH revoked AS (UPDATE access_key SET revoked_at = now()
                  WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL
                 RETURNING user_id, digest)
SELECT count(pg_notify('pmd_changed', concat_ws(' ', user_id, 'signed_out', encode(digest, 'hex')))) FROM revoked
"""
_HOLDERS = f"""
SELECT users.id, users.public_sqid, users.handle, users.roles, held.digest, held.id AS key_id, held.name, held.scopes,
       held.networks, held.expires_at
  FROM users
  JOIN (SELECT * FROM access_key WHERE digest {{which}} AND {_IS_VALID}) AS held ON held.user_id = users.id
 WHERE {IN_GOOD_STANDING}
"""
# By a single value, as Postgres keeps its plan; for a list it plans each time.
_HOLDER_OF_ONE, _HOLDERS_OF_MANY = _HOLDERS.format(which="= $1"), _HOLDERS.format(which="= ANY ($1)")
_REVOKED = "SELECT digest FROM access_key WHERE digest = ANY ($1) AND revoked_at IS NOT NULL"
_WRITE_USES = """
UPDATE access_key AS key
   SET first_used_at = coalesce(key.first_used_at, used.at), last_used_at = greatest(key.last_used_at, used.at),
       last_used_from = used.address, used_on = (used.at AT TIME ZONE 'UTC')::date,
       uses = used.count + CASE WHEN key.used_on = (used.at AT TIME ZONE 'UTC')::date THEN key.uses ELSE 0 END
  FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::inet[]) AS used (id, count, at, address)
  JOIN access_key AS before USING (id)
 WHERE key.id = used.id
RETURNING key.id, key.user_id, host(used.address) AS address,
          before.last_used_from IS DISTINCT FROM used.address AS is_new
"""
_DELETE_OLD = f"""
DELETE FROM access_key
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM access_key
                          WHERE least(revoked_at, expires_at) < now() - interval '{KEEP_DAYS} days' LIMIT $1))
"""


async def list_keys(connection: Connection | Pool, *, user_id: int, query: PageQuery) -> KeyPage:
    """The user's keys, with those that have ended within the last month."""
    after = Cursor.parse(query.cursor)
    keys = await find_all(connection, AccessKey, _LIST, user_id, after.created_at, after.id, query.limit + 1)
    return KeyPage(items=keys[: query.limit], next_cursor=Cursor.behind(keys, query.limit))


async def find_key(connection: Connection | Pool, *, user_id: int, key_id: int) -> AccessKey | None:
    return await find_one(connection, AccessKey, _FIND, user_id, key_id)


async def make_key(
    connection: Connection, *, user: User, wanted: NewKey, made_by: Literal["page", "device"]
) -> MadeKey:
    """Make a key, in the caller's transaction.

    Raises:
        ProblemError: 409, the user has ``MAX_KEYS``; 422, a network is none, or it would end too late for its scopes.
    """
    scopes, networks = completed(wanted.scopes), _networks(wanted.networks)
    expires_at = end_of(wanted.expires_in_days, scopes)
    await lock(connection, "keys", user.id)
    if await connection.fetchval(_COUNT, user.id) >= MAX_KEYS:
        raise conflict(f"You have {MAX_KEYS} keys. Revoke one that is not used any more.")
    secret = new_key()
    row = await connection.fetchrow(
        _INSERT,
        user.id,
        wanted.name.strip(),
        digest_of(secret),
        secret[:HINT_CHARACTERS],
        scopes,
        networks,
        made_by,
        expires_at,
    )
    assert row is not None
    key = msgspec.convert(dict(row), AccessKey)
    log.info("access_key_made", key=key.id, user=user.sqid, scopes=scopes, made_by=made_by)
    return MadeKey(key=key, secret=secret)


def end_of(days: int | None, scopes: Sequence[Scope]) -> datetime | None:
    """When a key with these scopes ends that is to last for so many days.

    Raises:
        ProblemError: 422, it may delete things for good, and would last for too long.
    """
    if can_delete(scopes) and (days is None or days > MAX_DELETE_DAYS):
        detail = f"A key by which something can be deleted for good ends after {MAX_DELETE_DAYS} days at most."
        raise unprocessable(detail, path="$.expires_in_days")
    return None if days is None else datetime.now(UTC) + timedelta(days=days)


def _networks(texts: Sequence[str]) -> list[Network]:
    networks = []
    for number, text in enumerate(texts):
        try:
            networks.append(ip_network(text.strip(), strict=False))
        except ValueError as error:
            detail = "This is neither an address nor a network, such as 203.0.113.0/24."
            raise unprocessable(detail, path=f"$.networks[{number}]") from error
    return networks


async def change_key(
    connection: Connection, actor: Actor, key_id: int, changes: KeyChanges, match: IfMatch
) -> AccessKey:
    """Rename a valid key, or set its end, from now on.

    Raises:
        ProblemError: 404, none of theirs, or it has ended; 412; 422 as ``make_key``.
    """
    user, days = actor.viewer, changes.expires_in_days
    async with connection.transaction():
        await lock(connection, "keys", user.id)
        key = require(await find_key(connection, user_id=user.id, key_id=key_id), "key")
        match.require(key)
        expires_at = None if isinstance(days, msgspec.UnsetType) else end_of(days, key.scopes)
        name = None if isinstance(changes.name, msgspec.UnsetType) else changes.name.strip()
        sets_end = not isinstance(days, msgspec.UnsetType)
        changed = await find_one(connection, AccessKey, _CHANGE, user.id, key_id, name, sets_end, expires_at)
    changed = require(changed, "key")
    log.info("access_key_changed", key=key_id, user=user.sqid, expires_at=changed.expires_at)
    return changed


async def revoke_key(connection: Connection, user: User, key_id: int, match: IfMatch) -> None:
    """Revoke a key at once; one that has been revoked stays so.

    Raises:
        ProblemError: 404, none of theirs; 412.
    """
    async with connection.transaction():
        await lock(connection, "keys", user.id)
        key = require(await find_key(connection, user_id=user.id, key_id=key_id), "key")
        match.require(key)
        is_ended = await connection.fetchval(_REVOKE, user.id, key_id)
    if is_ended:
        log.info("access_key_revoked", key=key_id, user=user.sqid)


async def find_holders(
    connection: Connection | Pool, ids: PublicIds, digests: Sequence[bytes]
) -> Mapping[bytes, Holder]:
    """The users of the valid keys among these, who are neither deactivated nor banned."""
    if len(digests) == 1:
        rows = await connection.fetch(_HOLDER_OF_ONE, digests[0])
    else:
        rows = await connection.fetch(_HOLDERS_OF_MANY, digests)
    return {
        row["digest"]: Holder(
            user=user_of(ids, row),
            key=HeldKey(
                id=row["key_id"],
                name=row["name"],
                scopes=row["scopes"],
                networks=row["networks"],
                ends=row["expires_at"].timestamp() if row["expires_at"] else float("inf"),
            ),
        )
        for row in rows
    }


async def find_revoked(connection: Connection | Pool, digests: Sequence[bytes]) -> set[bytes]:
    """Those of keys that have been revoked."""
    return {*await find_values(connection, _REVOKED, digests)}


async def write_uses(connection: Connection | Pool, uses: Collection[Use]) -> None:
    """Note when keys were used at last; the log names each new address."""
    if not uses:
        return
    each = [(use.key_id, use.count, use.at, use.address) for use in uses]
    for row in await connection.fetch(_WRITE_USES, *map(list, zip(*each, strict=True))):
        if row["is_new"]:
            log.info("access_key_used_from", key=row["id"], user_id=row["user_id"], address=row["address"])


async def delete_old(pool: Pool) -> int:
    """Delete keys that have been revoked, or have expired, a month ago."""
    return await forget(pool, _DELETE_OLD)

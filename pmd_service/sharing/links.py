"""Share links: created, listed and withdrawn by their owner."""

import string
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all, find_one, lock
from ..base.settings import Settings
from ..http.errors import conflict, forbidden, not_found, require, too_many, unprocessable
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.wire import EPOCH, LAST
from ..identity.audit import Reason, check_reason, record
from ..identity.keys.form import random_text
from ..identity.users import IN_GOOD_STANDING, Actor
from .passwords import hashed

MAX_LINKS = 32
# In characters.
MAX_PASSWORD = 200
_ALPHABET = string.ascii_letters + string.digits
# 131 bits cannot be guessed; the codes of public links need no secrecy.
_CODE_LENGTH, _PUBLIC_LENGTH = 22, 10


class LinkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST …/links. A public link may be listed by search engines, and has no password.

    Visitors must enter the ``password``; without ``expires_at`` the link does not expire.
    """

    is_public: bool = False
    password: Annotated[str, Meta(min_length=4, max_length=MAX_PASSWORD)] | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    reason: Reason | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link, for its owner."""

    id: Annotated[int, Meta(examples=[5])]
    url: Annotated[str, Meta(examples=["https://pmd.example/p/dragons-x7Kd0aQm2PvLr8TnWc4YbE"])]
    is_public: bool
    has_password: bool
    expires_at: datetime | None
    withdrawn_at: datetime | None
    view_count: Annotated[int, Meta(examples=[40])]
    download_count: Annotated[int, Meta(examples=[12])]
    wrong_password_count: Annotated[int, Meta(description="Wrong passwords that visitors have entered.", examples=[3])]
    first_wrong_password_at: Annotated[datetime | None, Meta(description="When the first one was entered.")]
    created_at: datetime

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares: no visit is a change of it."""
        return self.withdrawn_at


class LinkList(msgspec.Struct, frozen=True, kw_only=True):
    """The links to a pack or download, newest first."""

    items: Sequence[Link]


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A valid link, and what it leads to."""

    id: int
    code: str
    user_id: int
    pack_id: int | None
    bdr_id: UUID | None
    is_public: bool
    password: str | None
    expires_at: datetime | None


_COLUMNS = """
share_link.id,
$1 || '/p/' || coalesce((SELECT slug FROM pack WHERE pack.id = pack_id), 'download') || '-' || code AS url,
is_public, password IS NOT NULL AS has_password, expires_at, withdrawn_at,
view_count + (SELECT coalesce(sum(visits.view_count), 0) FROM visits
               WHERE subject_id = share_link.id AND subject = 'link' AND slot > 0)::bigint AS view_count,
download_count + (SELECT coalesce(sum(visits.download_count), 0) FROM visits
                   WHERE subject_id = share_link.id AND subject = 'link' AND slot > 0)::bigint AS download_count,
wrong_password_count, first_wrong_password_at, created_at"""

_IS_OWN = {
    "pack_id": "SELECT true FROM pack WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL",
    "bdr_id": "SELECT true FROM batch_download_requests WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL",
}

# It has settings, reports and hidden posts.
_IS_TAKEOUT = "SELECT takeout_id IS NOT NULL FROM batch_download_requests WHERE id = $1"

_INSERT = f"""
INSERT INTO share_link (pack_id, bdr_id, user_id, code, is_public, password, expires_at)
SELECT $2, $3, $4, $5, $6, $7, $8
RETURNING {_COLUMNS}
"""

_FIND = f"""
SELECT id, code, user_id, pack_id, bdr_id, is_public, password, expires_at
  FROM share_link
 WHERE code = $1 AND withdrawn_at IS NULL AND (expires_at IS NULL OR expires_at > now())
   AND EXISTS (SELECT FROM users WHERE users.id = user_id AND {IN_GOOD_STANDING})
"""

_COUNT_WRONG = """
UPDATE share_link
   SET wrong_password_count = wrong_password_count + 1,
       first_wrong_password_at = coalesce(first_wrong_password_at, now())
 WHERE id = $1
"""

# Its state, which is sent to its owner's pages, says who can see it.
_ANNOUNCE = "SELECT pg_notify('pmd_changed', concat_ws(' ', user_id, 'pack', id)) FROM pack WHERE id = $1"

_FORGET = """
DELETE FROM share_link
 WHERE id IN (SELECT id FROM share_link WHERE {} = $1 AND withdrawn_at IS NOT NULL ORDER BY id DESC OFFSET $2)
"""


class Target(msgspec.Struct, frozen=True):
    """The target of a link: a pack or a download."""

    pack_id: int | None = None
    bdr_id: UUID | None = None

    @property
    def column(self) -> str:
        return "pack_id" if self.bdr_id is None else "bdr_id"

    @property
    def key(self) -> Any:
        return self.pack_id if self.bdr_id is None else self.bdr_id

    @property
    def what(self) -> str:
        return "pack" if self.bdr_id is None else "download request"


async def create_link(
    pool: Pool, settings: Settings, actor: Actor, target: Target, body: LinkRequest, once: Once
) -> Link:
    """Create a link.

    Raises:
        ProblemError: 403 sharing is disabled; 404; 409 a takeout; 422 a public link with a password, an invalid or
            past expiry, or a moderator without a reason; 429 too many links; and as ``Once.begin``.
    """
    if settings.sharing == "off":
        raise forbidden("Share links are disabled on this site.")
    check_reason(actor, body.reason, is_required=True)
    if body.is_public and body.password is not None:
        raise unprocessable("A public link cannot have a password.", path="$.password")
    if body.expires_at is not None and not EPOCH < body.expires_at <= LAST:
        raise unprocessable("The expiry time is out of range.", path="$.expires_at")
    password = None if body.password is None else await hashed(body.password)
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, "link", actor.subject.id)
        await _require_own(connection, actor, target)
        if await connection.fetchval(_IS_TAKEOUT, target.bdr_id):
            raise conflict("A takeout cannot be shared: it has everything of yours. Share a download of posts instead.")
        links = await _links(connection, settings, target)
        if sum(link.withdrawn_at is None for link in links) >= MAX_LINKS:
            raise too_many(f"There are {MAX_LINKS} links to this already. Withdraw one of them first.", seconds=60)
        if body.expires_at is not None and await connection.fetchval("SELECT $1 <= now()", body.expires_at):
            raise unprocessable("The expiry time is in the past.", path="$.expires_at")
        # Limits the withdrawn links that are kept.
        await connection.execute(_FORGET.format(target.column), target.key, MAX_LINKS)
        length = _PUBLIC_LENGTH if body.is_public else _CODE_LENGTH
        code = random_text(_ALPHABET, length)
        link = await find_one(
            connection,
            Link,
            _INSERT,
            settings.base_url,
            target.pack_id,
            target.bdr_id,
            actor.subject.id,
            code,
            body.is_public,
            password,
            body.expires_at,
        )
        assert link is not None
        await connection.execute(_ANNOUNCE, target.pack_id)
        await record(connection, actor, "share", pack_id=target.pack_id, reason=body.reason)
        await once.end(connection, link)
    return link


async def list_links(pool: Pool, settings: Settings, actor: Actor, target: Target) -> LinkList:
    """All links to the target, including withdrawn ones.

    Raises:
        ProblemError: 404.
    """
    await _require_own(pool, actor, target)
    await record(pool, actor, "read_links", pack_id=target.pack_id)
    return LinkList(items=await _links(pool, settings, target))


async def find_link(
    connection: Connection | Pool, settings: Settings, actor: Actor, target: Target, link_id: int
) -> Link:
    """Raises: ProblemError: 404."""
    await _require_own(connection, actor, target)
    query = f"SELECT {_COLUMNS} FROM share_link WHERE id = $2 AND {target.column} = $3"
    return require(await find_one(connection, Link, query, settings.base_url, link_id, target.key), "link")


_WITHDRAW = "UPDATE share_link SET withdrawn_at = coalesce(withdrawn_at, now()) WHERE id = $1"


async def withdraw_link(
    pool: Pool, settings: Settings, actor: Actor, target: Target, link_id: int, match: IfMatch
) -> None:
    """Withdraw a link, effective immediately on all servers.

    Raises:
        ProblemError: 404; 412.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM share_link WHERE id = $1 FOR UPDATE", link_id)
        match.require(await find_link(connection, settings, actor, target, link_id))
        await connection.execute(_WITHDRAW, link_id)
        await connection.execute(_ANNOUNCE, target.pack_id)
        await record(connection, actor, "withdraw_link", pack_id=target.pack_id)


async def find_shared(pool: Pool, code: str) -> Shared | None:
    """The link with this code, if it is valid."""
    return await find_one(pool, Shared, _FIND, code)


async def count_wrong_password(pool: Pool, link_id: int) -> None:
    """Record for the link's owner that a visitor has entered a wrong password."""
    await pool.execute(_COUNT_WRONG, link_id)


async def _require_own(connection: Connection | Pool, actor: Actor, target: Target) -> None:
    if not await connection.fetchval(_IS_OWN[target.column], target.key, actor.subject.id):
        raise not_found(target.what)


async def _links(connection: Connection | Pool, settings: Settings, target: Target) -> list[Link]:
    query = f"SELECT {_COLUMNS} FROM share_link WHERE {target.column} = $2 ORDER BY id DESC"
    return await find_all(connection, Link, query, settings.base_url, target.key)

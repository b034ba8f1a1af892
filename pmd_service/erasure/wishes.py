"""An owner's wish to have their account erased: thirty days in which they can take it back, then the upkeep does it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_one, lock, row_count
from ..base.telemetry import log
from ..http.errors import conflict, unprocessable
from ..http.etags import IfMatch
from ..identity.users import Actor, user_of
from ..site.rights import are_ours
from ..work.context import WorkerContext
from .erase import erase_user

DAYS = 30
MAX_ERASED = 10  # in one run

_FIND = "SELECT true AS is_possible, requested_at, due_at FROM account_erasure WHERE account_id = $1"
_WISH = """
INSERT INTO account_erasure (account_id, due_at) VALUES ($1, now() + make_interval(days => $2))
    ON CONFLICT (account_id) DO NOTHING
"""
_WITHDRAW = "DELETE FROM account_erasure WHERE account_id = $1 AND due_at > now()"
IS_DUE = "EXISTS (SELECT FROM account_erasure WHERE due_at <= now())"
_DUE = """
SELECT account_id, users.id, public_sqid, handle, roles
  FROM account_erasure LEFT JOIN users ON users.id = account_id
 WHERE due_at <= now() ORDER BY due_at LIMIT $1
"""
_SETTLE = "DELETE FROM account_erasure WHERE account_id = $1"


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the account can be erased here, and when it will be; both times are null unless that is wished."""

    is_possible: Annotated[bool, Meta(description="False beside a site, which has the account.")]
    requested_at: datetime | None = None
    due_at: Annotated[datetime | None, Meta(description="Until then it can be taken back.")] = None

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares."""
        return self.requested_at


class ErasureRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PUT /api/pmd/erasure."""

    handle: Annotated[str, Meta(max_length=200, description="Your own, typed as a confirmation.", examples=["artist"])]


async def find_erasure(connection: Connection | Pool, *, user_id: int) -> Erasure:
    found = await find_one(connection, Erasure, _FIND, user_id)
    return found or Erasure(is_possible=await are_ours(connection))


async def wish_erasure(pool: Pool, actor: Actor, body: ErasureRequest, match: IfMatch) -> Erasure:
    """Have the account erased in ``DAYS`` days; a wish from before keeps its day.

    Raises:
        ProblemError: 409 the account is a site's, 412, 422 the handle is another one.
    """
    user_id = actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, "eras", user_id)
        before = await find_erasure(connection, user_id=user_id)
        match.require(before)
        if body.handle.strip().removeprefix("@") != actor.subject.handle:
            raise unprocessable(f"Type your handle, {actor.subject.handle}, to confirm this.", path="$.handle")
        if not before.is_possible:
            raise conflict("Your account is the site's, and this service only works beside it: delete it there.")
        await connection.execute(_WISH, user_id, DAYS)
        wished = await find_erasure(connection, user_id=user_id)
    log.info("account_erasure_wished", user=actor.subject.sqid)
    return wished


async def withdraw_erasure(pool: Pool, actor: Actor, match: IfMatch) -> None:
    """Keep the account.

    Raises:
        ProblemError: 409 its day has come, 412.
    """
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, "eras", actor.subject.id)
        wished = await find_erasure(connection, user_id=actor.subject.id)
        match.require(wished)
        if not row_count(await connection.execute(_WITHDRAW, actor.subject.id)) and wished.due_at is not None:
            raise conflict("The day has come: your account is being erased.")
    log.info("account_erasure_withdrawn", user=actor.subject.sqid)


async def erase_due(worker: WorkerContext) -> None:
    """The upkeep's step: erase accounts whose days are over; one that was interrupted is found again."""
    for row in await worker.pool.fetch(_DUE, MAX_ERASED):
        if row["id"] is None:
            await worker.pool.execute(_SETTLE, row["account_id"])
            continue
        erased = await erase_user(worker.pool, worker.vault, user_of(worker.ids, row))
        log.info("account_erased", rows=erased.rows, objects=erased.objects, kept=erased.kept)

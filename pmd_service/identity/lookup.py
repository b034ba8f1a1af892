"""The users behind tokens and access keys: one query for all requests that ask at the same time.

Roles and standing are read from the database at each request (SPEC section 4). A query for each would be a quarter of
what a short request costs, and a flood of requests would use up the pool for nothing but this.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import Context
from typing import NamedTuple

import asyncpg
from aiohttp import web
from asyncpg.pool import PoolConnectionProxy

from ..base.critical import create_critical_task, stop_tasks
from ..base.database import DATABASE_DOWN, POOL, Pool
from ..base.public_ids import PublicIds
from .keys.queries import Holder, find_holders
from .sessions.queries import find_ended
from .users import PUBLIC_IDS, User, find_user, find_users_by_sqid

# Users of one query; the others of a flood wait for the next.
MAX_BATCH = 100


class _Wanted(NamedTuple):
    """Who is asked for: the user of a token, or, without a public id, the holder of a key."""

    sqid: str
    credential: bytes


_Found = User | Holder | None
_Waiters = list[asyncio.Future[_Found]]


class Lookup:
    """Collects the users that are asked for while a query is under way, and finds all of them by the next."""

    def __init__(self, pool: Pool, ids: PublicIds) -> None:
        self._pool = pool
        self._ids = ids
        self._waiting: defaultdict[_Wanted, _Waiters] = defaultdict(list)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        # Kept from one query to the next: acquiring and releasing it costs as much as the query.
        self._connection: PoolConnectionProxy | None = None

    async def find(self, sqid: str, credential: bytes = b"") -> User | None:
        """The user with this public id, if neither deactivated nor banned, as the database has them from now on.

        Args:
            credential: the token's SHA-256; nobody is found by one of a browser that has been signed out.

        Raises:
            one of ``DATABASE_DOWN``: it cannot be queried.
        """
        found = await self._find(_Wanted(sqid, credential)) if sqid else None
        assert not isinstance(found, Holder)
        return found

    async def find_holder(self, credential: bytes) -> Holder | None:
        """The user whose access key has this SHA-256, and the key, if both are valid from now on; raises as above."""
        found = await self._find(_Wanted("", credential))
        assert not isinstance(found, User)
        return found

    async def _find(self, wanted: _Wanted) -> _Found:
        waiter: asyncio.Future[_Found] = asyncio.get_running_loop().create_future()
        self._waiting[wanted].append(waiter)
        self._wake.set()
        if self._task is None:
            # One task for all queries, and so not in the context of the request that happens to be the first.
            self._task = create_critical_task(self._run(), name="lookup", context=Context())
        return await waiter

    async def close(self) -> None:
        await stop_tasks(self._task)
        await self._release()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            batch = list(self._waiting)[:MAX_BATCH]
            await self._answer({wanted: self._waiting.pop(wanted) for wanted in batch})
            if not self._waiting:
                self._wake.clear()

    async def _answer(self, wanted: Mapping[_Wanted, _Waiters]) -> None:
        try:
            found = await self._find_all(await self._connected(), list(wanted))
        except Exception as error:
            failed = _not_cancelled(wanted.values())
            if isinstance(error, TimeoutError) and self._connection is not None:
                # Postgres does not answer: those who have asked in the meantime would wait as long again.
                failed += _not_cancelled(self._waiting.values())
                self._waiting.clear()
            for waiter in failed:
                waiter.set_exception(error)
            await self._release()
            return
        for each, waiters in wanted.items():
            for waiter in _not_cancelled([waiters]):
                waiter.set_result(found.get(each))

    async def _find_all(self, connection: PoolConnectionProxy, wanted: Sequence[_Wanted]) -> Mapping[_Wanted, _Found]:
        of_tokens = [each for each in wanted if each.sqid]
        of_keys = [each.credential for each in wanted if not each.sqid]
        found: dict[_Wanted, _Found] = {}
        if of_keys:
            holders = await find_holders(connection, self._ids, of_keys)
            found |= {_Wanted("", digest): holder for digest, holder in holders.items()}
        if len(of_tokens) == 1:
            (token,) = of_tokens
            found[token] = await find_user(connection, self._ids, token.sqid, credential=token.credential)
        elif of_tokens:
            users = await find_users_by_sqid(connection, self._ids, [token.sqid for token in of_tokens])
            ended = await find_ended(connection, [token.credential for token in of_tokens if token.credential])
            found |= {token: users.get(token.sqid) for token in of_tokens if token.credential not in ended}
        return found

    async def _connected(self) -> PoolConnectionProxy:
        if self._connection is not None and not _is_open(self._connection):
            await self._release()
        if self._connection is None:
            self._connection = await self._pool.acquire()
        return self._connection

    async def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*DATABASE_DOWN):
                await self._pool.release(connection)


def _is_open(connection: PoolConnectionProxy) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # it broke, and the pool has taken it back


def _not_cancelled(waiting: Iterable[_Waiters]) -> _Waiters:
    """The waiters whose clients have not hung up in the meantime."""
    return [waiter for waiters in waiting for waiter in waiters if not waiter.done()]


LOOKUP = web.AppKey("lookup", Lookup)


async def lookup_context(app: web.Application) -> AsyncIterator[None]:
    app[LOOKUP] = Lookup(app[POOL], app[PUBLIC_IDS])
    yield
    await app[LOOKUP].close()

"""The users behind tokens: one query for all requests that ask at the same time.

Roles and standing are read from the database at each request (SPEC section 4). A query for each would be a quarter of
what a short request costs, and a flood of requests would use up the pool for nothing but this.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import Context

import asyncpg
from aiohttp import web
from asyncpg.pool import PoolConnectionProxy

from ..base.critical import create_critical_task
from ..base.database import DATABASE_DOWN, POOL, Pool
from ..base.public_ids import PublicIds
from .users import PUBLIC_IDS, User, find_user, find_users_by_sqid

# Users of one query; the others of a flood wait for the next.
MAX_BATCH = 100

_Waiters = list[asyncio.Future[User | None]]


class Lookup:
    """Collects the users that are asked for while a query is under way, and finds all of them by the next."""

    def __init__(self, pool: Pool, ids: PublicIds) -> None:
        self._pool = pool
        self._ids = ids
        self._asked: defaultdict[str, _Waiters] = defaultdict(list)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        # Kept from one query to the next: acquiring and releasing it costs as much as the query.
        self._connection: PoolConnectionProxy | None = None

    async def find(self, sqid: str) -> User | None:
        """The user with this public id, if neither deactivated nor banned, as the database has them from now on.

        Raises:
            one of ``DATABASE_DOWN``: it cannot be queried.
        """
        waiter: asyncio.Future[User | None] = asyncio.get_running_loop().create_future()
        self._asked[sqid].append(waiter)
        self._wake.set()
        if self._task is None:
            # One task for all queries, and so not in the context of the request that happens to be the first.
            self._task = create_critical_task(self._run(), name="lookup", context=Context())
        return await waiter

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._release()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            sqids = list(self._asked)[:MAX_BATCH]
            await self._answer({sqid: self._asked.pop(sqid) for sqid in sqids})
            if not self._asked:
                self._wake.clear()

    async def _answer(self, asked: Mapping[str, _Waiters]) -> None:
        try:
            found = await self._find_all(await self._connected(), list(asked))
        except Exception as error:
            failed = _not_cancelled(asked.values())
            if isinstance(error, TimeoutError) and self._connection is not None:
                # Postgres does not answer: those who have asked in the meantime would wait as long again.
                failed += _not_cancelled(self._asked.values())
                self._asked.clear()
            for waiter in failed:
                waiter.set_exception(error)
            await self._release()
            return
        for sqid, waiters in asked.items():
            for waiter in _not_cancelled([waiters]):
                waiter.set_result(found.get(sqid))

    async def _find_all(self, connection: PoolConnectionProxy, sqids: Sequence[str]) -> Mapping[str, User | None]:
        if len(sqids) > 1:
            return await find_users_by_sqid(connection, self._ids, sqids)
        return {sqids[0]: await find_user(connection, self._ids, sqids[0])}

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

"""Who is calling, for all requests that ask at the same moment by one query.

Roles and standing come from the database at each request (SPEC section 4). A query each would be a quarter of what a
short request costs, and a flood of requests would take every connection for nothing but this.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress

import asyncpg
from aiohttp import web
from asyncpg.pool import PoolConnectionProxy

from ..base.database import DATABASE_DOWN, POOL, Pool
from ..base.public_ids import PublicIds
from .users import PUBLIC_IDS, User, find_user, find_users_by_sqid

# So many different users go into one query; the others of a flood wait for the next.
AT_ONCE = 100


class Lookup:
    """Collects whom requests ask for while a query is under way, and asks for all of them with the next."""

    def __init__(self, pool: Pool, ids: PublicIds) -> None:
        self._pool = pool
        self._ids = ids
        self._asked: defaultdict[str, list[asyncio.Future[User | None]]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None
        # Kept from one query to the next: to take it from the pool and give it back costs as much as the query.
        self._connection: PoolConnectionProxy | None = None

    async def find(self, sqid: str) -> User | None:
        """The user with this public id, if neither deactivated nor banned, as the database has them from now on.

        Raises:
            one of ``DATABASE_DOWN``: it cannot be asked.
        """
        answer: asyncio.Future[User | None] = asyncio.get_running_loop().create_future()
        self._asked[sqid].append(answer)
        if self._task is None:
            self._task = asyncio.create_task(self._ask_for_all(), name="lookup")
        return await answer

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._let_go()

    async def _ask_for_all(self) -> None:
        try:
            while self._asked:
                sqids = list(self._asked)[:AT_ONCE]
                await self._ask({sqid: self._asked.pop(sqid) for sqid in sqids})
        finally:
            self._task = None

    async def _ask(self, asked: dict[str, list[asyncio.Future[User | None]]]) -> None:
        try:
            connection = await self._connected()
            found = await self._find_all(connection, list(asked))
        except Exception as error:
            told = _waiting(asked)
            if isinstance(error, TimeoutError) and self._connection is not None:
                # Postgres does not answer: who has asked meanwhile would wait as long again.
                told += _waiting(self._asked)
                self._asked.clear()
            for answer in told:
                answer.set_exception(error)
            await self._let_go()
            return
        for sqid, answers in asked.items():
            for answer in _waiting({sqid: answers}):
                answer.set_result(found.get(sqid))

    async def _find_all(self, connection: PoolConnectionProxy, sqids: Sequence[str]) -> Mapping[str, User | None]:
        if len(sqids) > 1:
            return await find_users_by_sqid(connection, self._ids, sqids)
        return {sqids[0]: await find_user(connection, self._ids, sqids[0])}

    async def _connected(self) -> PoolConnectionProxy:
        if self._connection is not None and not _is_open(self._connection):
            await self._let_go()
        if self._connection is None:
            self._connection = await self._pool.acquire()
        return self._connection

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*DATABASE_DOWN):
                await self._pool.release(connection)


def _is_open(connection: PoolConnectionProxy) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # it broke, and the pool has taken it back


def _waiting(asked: Mapping[str, list[asyncio.Future[User | None]]]) -> list[asyncio.Future[User | None]]:
    """Those whose client has not gone in the meantime."""
    return [answer for answers in asked.values() for answer in answers if not answer.done()]


LOOKUP = web.AppKey("lookup", Lookup)


async def lookup_context(app: web.Application) -> AsyncIterator[None]:
    app[LOOKUP] = Lookup(app[POOL], app[PUBLIC_IDS])
    yield
    await app[LOOKUP].close()
